package rest

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// fileRoutes are uploads and downloads.
func (a *API) fileRoutes() []*route {
	const post = http.MethodPost
	return []*route{
		{verb: post, path: "livechat/upload/:rid", coded: true, serve: (*API).uploadAsVisitor},
		{verb: post, path: "rooms.upload/:rid", until: 800, deprecatedFor: "8.0.0", deprecatedSince: 610, user: true, coded: true, serve: (*API).uploadAsUser},
		{verb: post, path: "rooms.media/:rid", since: 610, user: true, coded: true, serve: (*API).uploadMedia},
		{verb: post, path: "rooms.mediaConfirm/:rid/:fileId", since: 610, user: true, coded: true, inBody: true, check: byPattern,
			handle: (*API).confirmMedia, fields: []field{
				{name: "msg", optional: true}, {name: "tmid", optional: true}, {name: "description", optional: true},
			}},
		{verb: anyVerb, path: "/file-upload/*", apart: true, serve: (*API).download},
		{verb: anyVerb, path: "/ufs/*", until: 900, apart: true, serve: (*API).downloadLegacy},
	}
}

// uploadAsVisitor sends a file as a message of the visitor whose token the header tells.
func (a *API) uploadAsVisitor(w http.ResponseWriter, c *call) {
	if !a.admit(w, c) {
		return
	}
	rid, token := c.params["rid"], c.request.Header.Get("X-Visitor-Token")
	var (
		limit int64
		body  doc
		err   error
	)
	a.locked(func() { limit, err = a.core.UploadLimit(), a.core.MayVisitorUpload(rid, token) })
	up := a.receive(w, c, limit, err)
	if up == nil {
		return
	}
	defer up.discard()
	a.locked(func() { body, err = a.sendVisitorFile(rid, token, up) })
	a.answerUpload(w, c, body, err)
}

func (a *API) sendVisitorFile(rid, token string, up *upload) (doc, error) {
	if err := a.core.CheckVisitorFile(rid, token, up.file); err != nil {
		return nil, err
	}
	text := core.FileText{Text: up.fields.Str("msg")}
	if a.core.Facts.LooseFields {
		text.Groupable = slices.Contains([]string{"true", "1"}, up.fields.Str("groupable"))
	} else if err := up.check(visitorFields); err != nil {
		return nil, err
	}
	message, id, err := a.core.VisitorFile(rid, token, up.file, text)
	if err != nil {
		return nil, err
	}
	a.Files.Put(id, up.content)
	if a.core.Facts.BareUpload {
		message = doc{}
	}
	return message, nil
}

// uploadAsUser sends a file as a message of the user.
func (a *API) uploadAsUser(w http.ResponseWriter, c *call) {
	a.receiveFromUser(w, c, func(rid string, up *upload) (doc, error) {
		if err := up.check(userFields); err != nil {
			return nil, err
		}
		extra := doc{}
		for _, name := range up.fields.Keys {
			switch name {
			case "msg", "alias", "avatar", "emoji", "tmid":
				extra[name] = up.fields.Str(name)
			case "description":
			default:
				return nil, a.unplayed(c, name)
			}
		}
		message, noted, err := a.core.UserFile(c.user, rid, up.file, extra)
		if err != nil {
			return nil, err
		}
		up.keep(a.Files, noted)
		return doc{"message": message}, nil
	})
}

// uploadMedia stores a file that rooms.mediaConfirm shows later.
func (a *API) uploadMedia(w http.ResponseWriter, c *call) {
	a.receiveFromUser(w, c, func(rid string, up *upload) (doc, error) {
		kept := a.core.KeepFile(rid, up.file)
		up.keep(a.Files, kept)
		return doc{"file": doc{"_id": kept.ID, "url": kept.Path()}}, nil
	})
}

// receiveFromUser has what the uploads of users have in common. Then runs with the core's lock held.
func (a *API) receiveFromUser(w http.ResponseWriter, c *call, then func(rid string, up *upload) (doc, error)) {
	if !a.login(w, c, c.route) || !a.admit(w, c) {
		return
	}
	rid := c.params["rid"]
	var (
		limit int64
		body  doc
		err   error
	)
	a.locked(func() { limit, err = a.core.UploadLimit(), a.core.MayUserUpload(c.user, rid) })
	up := a.receive(w, c, limit, err)
	if up == nil {
		return
	}
	defer up.discard()
	a.locked(func() {
		if err = a.stillThere(c); err == nil {
			err = a.core.CheckUserFile(c.user, rid, up.file)
		}
		if err == nil {
			body, err = then(rid, up)
		}
	})
	a.answerUpload(w, c, body, err)
}

func (a *API) confirmMedia(c *call) (doc, error) {
	extra := doc{}
	for _, name := range []string{"msg", "tmid"} {
		if value, there := c.in.Values[name]; there {
			extra[name] = value
		}
	}
	message, err := a.core.ConfirmFile(c.user, c.params["rid"], c.params["fileId"], c.in.Str("description"), extra)
	if err != nil {
		return nil, err
	}
	return doc{"message": message}, nil
}

// linkedReply answers a message to its room's visitor, with a link to its file that anybody may follow.
func (a *API) linkedReply(m doc, err error) (doc, error) {
	if err != nil {
		return nil, err
	}
	return doc{"message": a.core.WithFileLink(m)}, nil
}

func (a *API) answerUpload(w http.ResponseWriter, c *call, body doc, err error) {
	if err != nil {
		a.replyError(w, c.request, codedError{err})
		return
	}
	body["success"] = true
	a.reply(w, http.StatusOK, body)
}

// unplayed refuses a field of an upload that a real server takes and the sandbox does nothing with.
func (a *API) unplayed(c *call, name string) error {
	a.Log.Warn("the sandbox does not play this field of an upload", slog.String("route", c.route.path), slog.String("field", name))
	return &core.Fault{Status: http.StatusNotImplemented, Body: doc{
		"success": false, "error": "sandbox: not implemented", "method": c.request.Method, "route": c.route.path, "field": name,
	}}
}
