/** How `decode` prints a frame. */
export const formats = ["jsonl", "table", "hex", "payload"] as const;
export type Format = (typeof formats)[number];
