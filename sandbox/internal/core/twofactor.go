package core

import "time"

// A second factor is asked for on some routes while Accounts_TwoFactorAuthentication_Enabled is on. Users with a verified address have
// a code by e-mail, which nobody reads in the sandbox; the others, with Accounts_TwoFactorAuthentication_Enforce_Password_Fallback,
// their password's SHA-256 (rest-agent A.8).

const (
	byMail     = "email"
	byPassword = "password"
)

// TwoFactor refuses what u may do only with a second factor and did not give. A factor once given is remembered for the token.
func (c *Core) TwoFactor(u *User, token, code, method string) error {
	if !c.flag("Accounts_TwoFactorAuthentication_Enabled") || u.bypassesTwoFactor(token, c.millis()) {
		return nil
	}
	needed := byMail
	if !u.mailCode || !u.verified {
		if needed = byPassword; u.password == "" || !c.flag("Accounts_TwoFactorAuthentication_Enforce_Password_Fallback") {
			return nil
		}
	}
	details := doc{"method": needed, "codeGenerated": needed == byMail, "availableMethods": []string{}}
	if needed == byMail {
		details["availableMethods"] = []string{byMail}
		details["emailOrUsername"] = u.Username
	}
	switch {
	case code == "":
		return &Fault{Code: "totp-required", Reason: "TOTP Required", Details: details}
	case method != needed || needed == byMail || code != u.password:
		return &Fault{Code: "totp-invalid", Reason: "TOTP Invalid", Details: details}
	}
	remember := time.Duration(c.number("Accounts_TwoFactorAuthentication_RememberFor")) * time.Second
	u.remembered = c.millis().Add(remember)
	return nil
}

func (u *User) bypassesTwoFactor(token string, now time.Time) bool {
	if now.Before(u.remembered) {
		return true
	}
	for _, l := range u.logins {
		if l.token == token {
			return l.bypasses
		}
	}
	return false
}
