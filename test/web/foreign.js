// Runs in the page: whatever of an attacker's has become more than text. Its value is what is found.
(() => {
  const found = [];
  const never = ['script', 'iframe', 'object', 'embed', 'base', 'meta', 'link', 'style', 'video', 'form'];
  for (const element of document.querySelectorAll('#app *')) {
    const name = element.localName;
    const ours = 'form.filters, form.token-form, .range-custom form, .remarks form, dialog.keys form';
    if (never.includes(name) && !element.matches(ours)) found.push(name);
    if (name === 'img' && element.getAttribute('src') !== '/icon.svg') found.push(element.outerHTML);
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/i.test(attribute)) found.push(`${name} ${attribute}`);
      // The foot names, with a link, whose data are shown: a licence asks for it.
      const named =
        /^https:\/\/(db-ip\.com|www\.nro\.net|www\.routeviews\.org)\/$/.test(value) &&
        element.matches('footer.foot a[rel=noreferrer]');
      // Where a reader may look a file up: only a hash goes there.
      const lookup =
        element.matches('.samples a[rel=noreferrer]') &&
        /^https:\/\/(www\.virustotal\.com\/gui\/file\/[0-9a-f]{64}|bazaar\.abuse\.ch\/sample\/[0-9a-f]{64}\/)$/.test(
          value,
        );
      // What a technique is: a number of ours goes there.
      const technique =
        element.matches('a[rel~=noreferrer]') &&
        /^https:\/\/attack\.mitre\.org\/techniques\/T\d{4}(\/\d{3})?\/$/.test(value);
      if (/^(href|src|action)$/.test(attribute) && !/^[/#]/.test(value) && !named && !lookup && !technique)
        found.push(`${attribute}=${value}`);
    }
  }
  const titles = [...document.querySelectorAll('[title]')].map((element) => element.title);
  const hidden =
    /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.exec(
      document.body.textContent + titles.join(''),
    );
  if (hidden) found.push(`hidden character U+${hidden[0].charCodeAt(0).toString(16)}`);
  return found;
})();
