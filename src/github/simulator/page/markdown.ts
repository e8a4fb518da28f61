import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import sanitizeHtml from 'sanitize-html';

const allowed: sanitizeHtml.IOptions = {
  allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img', 'details', 'summary', 'input', 'del', 'ins'],
  allowedAttributes: {
    a: ['href', 'title', 'rel'],
    code: ['class'],
    details: ['open'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    input: ['type', 'checked', 'disabled'],
    li: ['class'],
    ol: ['start'],
    td: ['align', 'colspan', 'rowspan'],
    th: ['align', 'colspan', 'rowspan'],
  },
  allowedClasses: { code: [/^language-[\w-]+$/], li: ['task-list-item'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  transformTags: {
    a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow noopener noreferrer' }),
    input: sanitizeHtml.simpleTransform('input', { type: 'checkbox', disabled: 'disabled' }),
  },
};

/** GitHub-flavoured Markdown as HTML that is safe to put into a page, whoever wrote it. */
export function renderMarkdown(text: string): string {
  const html = micromark(text, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  return sanitizeHtml(html, allowed);
}
