package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
)

// ReadAccounts reads a JSON list of accounts with the keys _id, username, name, email, password, roles and tokens.
func ReadAccounts(r io.Reader) ([]Account, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	var list []struct {
		ID       string   `json:"_id"`
		Username string   `json:"username"`
		Name     string   `json:"name"`
		Email    string   `json:"email"`
		Password string   `json:"password"`
		Roles    []string `json:"roles"`
		Tokens   []string `json:"tokens"`
	}
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	accounts := make([]Account, len(list))
	for i, a := range list {
		if a.Username == "" {
			return nil, fmt.Errorf("read accounts: number %d has no username", i+1)
		}
		accounts[i] = Account(a)
	}
	return accounts, nil
}
