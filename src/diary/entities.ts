// Text as HTML and XML: the five characters that mean something there, as entities.
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const entities = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
