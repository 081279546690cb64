import type { Workload } from "./workload.ts";

export const firstAnswer: Workload = {
  title: "From the command to the first answer",
  app: "hello",
  compare: "ms to first answer",
  goals: [
    { of: "cluster", atMost: 1.5 },
    { of: "pm2", atMost: 0.3 },
    { of: "watt", atMost: 0.07 },
  ],
  run: async ({ firstAnswerMs }) => ({ "ms to first answer": firstAnswerMs }),
};
