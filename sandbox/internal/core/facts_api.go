package core

// APIFacts are the rules of the whole REST API.
type APIFacts struct {
	Version          string // as GET /api/info spells it to strangers
	FullVersion      string // and to who may see statistics
	InfoOnly         bool   // who may see statistics gets info instead of version, not beside it
	Clients          doc    // minimumClientVersions of GET /api/info, absent when nil
	Health           bool   // GET /health answers (in 3.4 it is a path like any other)
	RawErrors        bool   // error bodies are serialised exceptions, with isClientSafe and sanitizedError
	SlowRefusals     bool   // a 401 or 403 takes half a second to a whole one
	Schemas          bool   // most routes validate by JSON schema with coercion, instead of by pattern
	Cors             bool   // JSON replies carry Access-Control-Allow-Origin and -Headers whatever the settings are
	CorsStrict       bool   // a request of an origin that is not allowed is refused, instead of answered without those headers
	PageForAnyVerb   bool   // an unknown path answers the web application's page to POST too, newer ones an empty 405
	NotFound         bool   // below /api/v1 an unknown path or verb is 404 in plain text
	FullRefusal      bool   // the body of 401 has success and error too
	PermissionsFirst bool   // the permission is looked at first, then the shape of typed routes, the limit, and the shape of the others
	LimitBypassOpen  bool   // the permission to bypass limits counts on routes without login too
	LooseBody        bool   // malformed JSON is an empty body, and text without a content type a strange key (rest-visitor 10)
	PayloadKey       bool   // on routes with login a body's text "payload" is the body (rest-agent F.1)
	VisitorLimit     int    // calls a minute of POST livechat/visitor and GET livechat/room, zero for the default (rest-visitor 1.4)
	Restivus         bool   // OPTIONS that is no preflight answers an empty 200 (rest-agent F.7), in 3.4 a 404 (rest-visitor 1.5)
}

var apiFacts = map[Profile]APIFacts{
	V3_4: {
		Version: "3.4.0", FullVersion: "3.4.0", InfoOnly: true, RawErrors: true, SlowRefusals: true, PageForAnyVerb: true,
		PayloadKey: true,
	},
	V6_5: api6,
	V7_0: api7,
	Later: with(api7, func(f *APIFacts) {
		f.Version, f.FullVersion = "8.0", "8.0.0"
		f.SlowRefusals, f.Cors, f.PayloadKey, f.Restivus = false, false, false, false
		f.CorsStrict, f.NotFound, f.FullRefusal, f.PermissionsFirst, f.LimitBypassOpen, f.LooseBody = true, true, true, true, true, true
	}),
}

var api6 = APIFacts{
	Version: "6.5", FullVersion: "6.5.3", Clients: doc{"desktop": "3.9.6", "mobile": "4.39.0"}, Health: true, Cors: true, Schemas: true,
	SlowRefusals: true, PayloadKey: true, Restivus: true,
}

var api7 = with(api6, func(f *APIFacts) { f.Version, f.FullVersion, f.VisitorLimit = "7.0", "7.0.0", 5 })
