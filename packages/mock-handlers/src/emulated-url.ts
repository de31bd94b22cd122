import type { AuthType, Cors, EmulatedLambda, FunctionDefinition, InvokeMode } from "@eventstream-kit/lambda-emulator";
import type { Body, Reply } from "@eventstream-kit/service";
import { MockHandlersError } from "./errors.ts";
import { Turns } from "./turns.ts";

/** What `CreateFunctionUrlConfig` takes. */
export interface FunctionUrlConfig {
  /** Default `RESPONSE_STREAM`. */
  readonly invokeMode?: InvokeMode;
  /** Default `NONE`. */
  readonly authType?: AuthType;
  readonly cors?: Cors;
}

/** A function with a URL in an emulated Lambda: made when it is asked for, and again after a `reset`. */
export class EmulatedUrl {
  readonly #lambda: EmulatedLambda;
  readonly #functionName: string;
  readonly #definition: FunctionDefinition;
  readonly #config: string;
  readonly #turns = new Turns();

  constructor(
    lambda: EmulatedLambda,
    functionName: string,
    definition: FunctionDefinition,
    { invokeMode, authType, cors }: FunctionUrlConfig,
  ) {
    this.#lambda = lambda;
    this.#functionName = functionName;
    this.#definition = definition;
    this.#config = JSON.stringify({ InvokeMode: invokeMode, AuthType: authType, Cors: cors });
    lambda.define(functionName, definition); // At once, so that a bad definition throws where it stands.
  }

  /** The host that the emulator knows the URL by. */
  async host(): Promise<string> {
    const endTurn = await this.#turns.take();
    try {
      const found = await this.#call("GET");
      if (found.status === 200) return await hostOf(found);
      this.#lambda.define(this.#functionName, this.#definition);
      const created = await this.#call("POST", this.#config);
      if (created.status === 201) return await hostOf(created);
      throw new MockHandlersError(
        "function_url",
        `Creating the URL of the function ${this.#functionName} gave ${String(created.status)} ${await textOf(created.body)}; expected 201`,
      );
    } finally {
      endTurn();
    }
  }

  async #call(method: string, body = ""): Promise<Reply> {
    const target = `/2021-10-31/functions/${this.#functionName}/url`;
    const headers = [["content-type", "application/json"]] as const;
    return (await this.#lambda.handle({ method, target, headers, body: new TextEncoder().encode(body) }))!;
  }
}

async function hostOf({ body }: Reply): Promise<string> {
  const { FunctionUrl } = JSON.parse(await textOf(body)) as { FunctionUrl: string };
  return new URL(FunctionUrl).host;
}

async function textOf(body: Body): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const step of body) if (step instanceof Uint8Array) text += decoder.decode(step, { stream: true });
  return text + decoder.decode();
}
