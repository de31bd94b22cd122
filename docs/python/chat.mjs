export async function* handler(event) {
  yield `Hello, ${event.name ?? event.queryStringParameters?.name}. `;
  yield "How are you?";
}
