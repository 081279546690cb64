import { runLoop } from "./loop.ts";
import type { Events, Place } from "./place.ts";
import type { LoadPlan } from "./plan.ts";
import { socketPlace } from "./socket-place.ts";
import { openConnection, streamPlace } from "./stream-place.ts";
import { talkOf } from "./talks.ts";

const [text = "", portText] = process.argv.slice(2);
const plan = JSON.parse(text) as LoadPlan;
const port = Number(portText);

type NewPlace = (on: Events, index: number) => Place;

async function placeMaker({ mode, connections, answer }: LoadPlan): Promise<NewPlace> {
  if (mode !== "h2") {
    const talk = talkOf(plan);
    return (on) => socketPlace(port, talk, on);
  }
  const [first, ...more] = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  if (!first) throw new Error(`connections: expected a number from 1, got ${connections}`);
  return (on, index) => streamPlace([first, ...more][index % connections] ?? first, String(answer), on);
}

const newPlace = await placeMaker(plan);
const count = plan.connections * (plan.streams ?? 1);
const loaded = await runLoop(plan, (events) =>
  Array.from({ length: count }, (_, index) => newPlace(events(index), index)),
);
process.stdout.write(JSON.stringify(loaded));
