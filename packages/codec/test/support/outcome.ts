/** What an iterable gives, and the error it ends with, if it does. */
export async function outcome<Item>(
  iterable: AsyncIterable<Item> | Iterable<Item>,
): Promise<{ items: Item[]; error?: unknown }> {
  const items: Item[] = [];
  try {
    for await (const item of iterable) items.push(item);
  } catch (error) {
    return { items, error };
  }
  return { items };
}
