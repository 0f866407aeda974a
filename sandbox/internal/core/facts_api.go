package core

// APIFacts are the rules of the whole REST API.
type APIFacts struct {
	Version      string // as GET /api/info spells it to strangers
	Clients      doc    // minimumClientVersions of GET /api/info, absent when nil
	V1Info       bool   // GET /api/v1/info answers JSON (6.5.3 sent the web application's page)
	Cors         bool   // JSON replies carry Access-Control-Allow-Origin and -Headers
	RawErrors    bool   // error bodies are serialised exceptions, with isClientSafe and sanitizedError
	SlowRefusals bool   // a 401 or 403 takes half a second to a whole one
	Schemas      bool   // most routes validate by JSON schema with coercion, instead of by pattern
}

var apiFacts = map[Profile]APIFacts{
	V3_4: {Version: "3.4.0", V1Info: true, RawErrors: true, SlowRefusals: true},
	V6_5: {Version: "6.5", Clients: doc{"desktop": "3.9.6", "mobile": "4.39.0"}, Cors: true, Schemas: true, SlowRefusals: true},
}
