async function* handler() {
  yield "Hello";
}

export default { handler, faults: ["omit-complete"] };
