/// The browser script: one tag tracks a page.
///
/// `<script src="https://HOST/v1/kith.js" data-write-key="…"></script>`, and if wanted `data-page="false"`,
/// `data-forms="false"`, `data-respect-dnt`. It speaks the same calls as any other client, in under 6 KB and without
/// dependencies. It is served without the comments that have a line of their own, and without indentation.
let kithScript = #"""
    ((w, d, n) => {
      let tag = d.currentScript || d.querySelector("script[data-write-key]"), early = w.kith || [];
      if (!tag || early.version) return;
      let opt = tag.dataset, url = tag.src.replace(/(\/v1)?\/kith\.js.*/, "/v1/batch");
      let off = "respectDnt" in opt && (n.doNotTrack == 1 || n.globalPrivacyControl);
      let queue = [], timer, busy, fails = 0, last;

      // What must outlive the page: local storage, else a cookie; where there is neither, it lasts as long as the page.
      let own = {};
      let load = key => {
        try { let v = localStorage[key]; if (v != null) return v; } catch {}
        try { return decodeURIComponent(d.cookie.match(`(?:^|; )${key}=([^;]*)`)[1]); } catch {}
        return own[key];
      };
      let save = (key, value) => {
        let age = value == null ? 0 : 31536000;
        try {
          if (age) { localStorage[key] = value; return; }
          delete localStorage[key];
        } catch {}
        own[key] = value;
        try {
          value = encodeURIComponent(value || "");
          if (value.length < 3000) d.cookie = `${key}=${value};path=/;SameSite=Lax;max-age=${age}`;
        } catch {}
      };
      let uuid = () => crypto.randomUUID ? crypto.randomUUID() :
        "10000000-1000-4000-8000-100000000000".replace(/[018]/g, c =>
          (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16));
      let anonymous = () => {
        let id = load("kith_anonymous_id");
        if (!id) save("kith_anonymous_id", id = uuid());
        return id;
      };

      let page = () => {
        let l = location;
        return { url: l.href, path: l.pathname, search: l.search, referrer: d.referrer, title: d.title };
      };
      let context = () => {
        let c = {
          library: { name: "kith.js", version: "1" }, page: page(), userAgent: n.userAgent, locale: n.language,
          timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          screen: { width: screen.width, height: screen.height }
        };
        new URLSearchParams(location.search).forEach((v, k) => {
          if (/^utm_/.test(k)) (c.campaign = c.campaign || {})[k == "utm_campaign" ? "name" : k.slice(4)] = v;
        });
        return c;
      };

      let send = (type, fields) => {
        if (off) return;
        queue.push({
          type, messageId: uuid(), timestamp: new Date(), anonymousId: anonymous(), userId: load("kith_user_id"),
          context: context(), ...fields
        });
        if (queue.length > 1000) queue.shift();
        if (!timer && !busy) timer = setTimeout(flush, 200);
      };
      let body = batch => JSON.stringify({ writeKey: opt.writeKey, sentAt: new Date(), batch });
      let flush = async () => {
        clearTimeout(timer);
        timer = 0;
        if (busy || !queue.length) return;
        busy = true;
        let batch = queue.slice(0, 50), done, wait = 0;
        try {
          // As plain text, which spares the browser from asking beforehand.
          let r = await fetch(url, { method: "POST", body: body(batch), credentials: "omit" });
          done = r.status < 500 && r.status != 429 && r.status != 408;
          // A proxy may name a date.
          wait = 1000 * r.headers.get("Retry-After") || 0;
        } catch {}
        busy = false;
        fails = done ? 0 : fails + 1;
        // On the way out a beacon may have taken them meanwhile.
        if (done) queue = queue.filter(e => !batch.includes(e));
        if (queue.length) timer = setTimeout(flush, done ? 0 : Math.max(wait, Math.min(3e4, 500 << Math.min(fails, 6))));
      };
      // The page goes away: what is left travels as beacons; what may not have arrived also waits for the next page.
      let leave = () => {
        let rest = queue, doubtful = fails || n.onLine === false;
        if (!rest.length) return;
        queue = [];
        for (let i = 0; i < rest.length; i += 20)
          doubtful = !n.sendBeacon(url, body(rest.slice(i, i + 20))) || doubtful;
        if (doubtful) save("kith_queue", JSON.stringify(kept().concat(rest).slice(-200)));
      };
      let kept = () => { try { return JSON.parse(load("kith_queue")) || []; } catch { return []; } };

      let kith = w.kith = {
        version: "1",
        track: (event, properties = {}) => send("track", { event, properties }),
        page: (name, properties) => {
          if (typeof name == "object") { properties = name; name = undefined; }
          send("page", { name, properties: { ...page(), ...properties } });
        },
        identify: (id, traits = {}) => {
          if (id && typeof id == "object") traits = id;
          else if (id && !off) save("kith_user_id", String(id));
          send("identify", { traits });
        },
        group: (id, traits = {}) => send("group", { groupId: String(id), traits }),
        alias: (id, previous) => {
          if (off) return;
          send("alias", { userId: String(id), previousId: String(previous || load("kith_user_id") || anonymous()) });
          save("kith_user_id", String(id));
        },
        reset: () => { save("kith_user_id"); save("kith_anonymous_id"); },
        anonymousId: () => off ? null : anonymous(),
        flush,
        push: ([call, ...rest]) => kith[call](...rest)
      };

      // Pages: the first one, and every change of address.
      let visit = () => {
        let l = location, here = l.pathname + l.search + (/^#[!/]/.test(l.hash) ? l.hash : "");
        if (here != last) { last = here; kith.page(); }
      };
      if (opt.page != "false") {
        visit();
        for (let name of ["pushState", "replaceState"]) {
          let own = history[name];
          history[name] = function () { own.apply(this, arguments); setTimeout(visit); };
        }
        addEventListener("popstate", visit);
        addEventListener("hashchange", visit);
      }

      // Forms: never what is secret, and nothing of what is marked data-kith-ignore.
      let secret = /pass|pwd|card|cvv|cvc|\bcc|iban|ssn|secret|token|csrf|otp|\bpin\b/i;
      let read = f => {
        let type = f.type || "", text = (f.value || "").trim();
        // Half an emoji, where a text is cut, would spoil the event.
        return /^(password|hidden|file|submit|button|reset|image)$/.test(type) || f.closest("[data-kith-ignore]") ||
          secret.test(f.name + " " + f.id) || /cc-|password|one-time/.test(f.autocomplete) ||
          /checkbox|radio/.test(type) && !f.checked || /^(\d[ -]?){12,18}\d$/.test(text) ? "" :
          text.slice(0, 500).replace(/[\ud800-\udbff]$/, "");
      };
      let submitted = ({ target: form }) => {
        let fields = {}, traits = {};
        if (form.closest("[data-kith-ignore]")) return;
        for (let f of form.elements) {
          let name = f.name || f.id, text = name && read(f);
          if (!text) continue;
          fields[name] = text;
          let kind = { email: "email", tel: "phone" }[f.type] || name.replace(/^(email|phone)$/i, s => s.toLowerCase());
          // Of two addresses the first is more likely one's own.
          if (/^(email|phone|name|first_?name|last_?name|company)$/i.test(kind)) traits[kind] = traits[kind] || text;
        }
        if (traits.email && form.dataset.kithIdentify != "false") kith.identify(traits);
        kith.track("Form Submitted", { form: form.getAttribute("id") || form.getAttribute("name") || "", fields });
      };
      if (opt.forms != "false") d.addEventListener("submit", submitted, true);

      if (off) return;
      let old = kept();
      save("kith_queue");
      if (old.length) { queue = old.concat(queue); flush(); }
      addEventListener("pagehide", leave);
      d.addEventListener("visibilitychange", () => d.visibilityState == "hidden" && leave());
      early.forEach(kith.push);
    })(window, document, navigator);

    """#
