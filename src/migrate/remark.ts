/** What a person should know of a pm2 key that is not simply an option of Drover. */
export interface Remark {
  readonly key: string;
  readonly text: string;
}
