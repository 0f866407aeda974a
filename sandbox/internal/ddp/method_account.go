package ddp

// accountMethods are logins and presence.
var accountMethods = map[string]method{}
