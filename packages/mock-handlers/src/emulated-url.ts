import type { AuthType, Cors, EmulatedLambda, FunctionDefinition, InvokeMode } from "@eventstream-kit/lambda-emulator";
import { functionUrlPath } from "@eventstream-kit/lambda-emulator";
import type { Body, HeaderLine, Reply } from "@eventstream-kit/service";
import { isBytes } from "@eventstream-kit/service";
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
  readonly #headers: readonly HeaderLine[];
  readonly #turns = new Turns();

  constructor(
    lambda: EmulatedLambda,
    functionName: string,
    definition: FunctionDefinition,
    { invokeMode, authType, cors }: FunctionUrlConfig,
    region: string | undefined,
  ) {
    this.#lambda = lambda;
    this.#functionName = functionName;
    this.#definition = definition;
    // Where a Lambda has no region of its own, it is that of each request's signature.
    const scope = `AWS4-HMAC-SHA256 Credential=test/20230407/${String(region)}/lambda/aws4_request`;
    this.#headers = [["content-type", "application/json"], ...(region ? [["authorization", scope] as const] : [])];
    this.#config = JSON.stringify({ InvokeMode: invokeMode, AuthType: authType, Cors: cors });
    lambda.define(functionName, definition); // At once, so that a bad definition throws where it stands.
  }

  /** The path that the emulator knows the URL by, without a final slash. */
  async path(): Promise<string> {
    const endTurn = await this.#turns.take();
    try {
      const found = await this.#call("GET");
      if (found.status === 200) return await pathOf(found);
      this.#lambda.define(this.#functionName, this.#definition);
      const created = await this.#call("POST", this.#config);
      if (created.status === 201) return await pathOf(created);
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
    const request = { method, target, headers: this.#headers, body: new TextEncoder().encode(body) };
    return (await this.#lambda.handle(request))!;
  }
}

async function pathOf({ body }: Reply): Promise<string> {
  const { FunctionUrl } = JSON.parse(await textOf(body)) as { FunctionUrl: string };
  return functionUrlPath(FunctionUrl).replace(/\/$/, "");
}

async function textOf(body: Body): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const step of body) if (isBytes(step)) text += decoder.decode(step, { stream: true });
  return text + decoder.decode();
}
