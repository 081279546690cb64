import type { UserConfig } from "./config/config.ts";

export { AppError, EXIT, type ErrorCode, type ExitCode } from "./errors.ts";
export type { AppConfig, Config, Duration, UserConfig } from "./config/config.ts";
export { start, type Drover } from "./start.ts";

/** Gives a config file its types: `export default defineConfig({ … })`. */
export function defineConfig(config: UserConfig): UserConfig {
  return config;
}
