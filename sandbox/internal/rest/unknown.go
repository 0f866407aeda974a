package rest

import (
	"log/slog"
	"net/http"
	"strings"
)

// noRoute answers a path or verb for which the table has nothing. What exists in Rocket.Chat and not here is refused loudly; what does
// not exist is answered as the real server does, and leaves a line in the log.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request, verbs []string) {
	name, isAPI := strings.CutPrefix(cleanPath(r), "/api/v1/")
	lacking := isAPI && isAbsent(name) && !a.ofOtherVersion(cleanPath(r))
	switch {
	case a.core.Facts.NotFound && isAPI && (verbs == nil && !lacking || verbs != nil && r.Method != http.MethodOptions):
		a.logUnknown(r)
		a.replyText(w, http.StatusNotFound, "404 Not Found")
	case verbs != nil && r.Method == http.MethodOptions:
		a.preflight(w, r)
	case verbs != nil:
		w.Header().Set("Allow", strings.Join(append(verbs, http.MethodOptions), ", "))
		a.reply(w, http.StatusMethodNotAllowed, doc{"status": "error", "message": "API endpoint does not exist"})
	case lacking:
		a.refuse(w, r, nil)
	case r.Method == http.MethodGet || r.Method == http.MethodHead || a.core.Facts.PageForAnyVerb:
		a.logUnknown(r)
		a.replyHTML(w, http.StatusOK, applicationPage)
	default: // Meteor's own handler (rest-agent F.4)
		a.logUnknown(r)
		w.Header().Del(allowHeaders)
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// ofOtherVersion says that the sandbox knows the path, and that this version has not got it.
func (a *API) ofOtherVersion(path string) bool {
	return len(a.others.all(path)) > 0
}

func (a *API) logUnknown(r *http.Request) {
	a.Log.Warn("Rocket.Chat has no such path", slog.String("method", r.Method), slog.String("path", nameOf(cleanPath(r))))
}

func (a *API) replyText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Del(allowHeaders)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
