package ddp

// visitorMethods are what visitors call without a login.
var visitorMethods = map[string]method{}
