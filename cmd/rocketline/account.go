package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/rocketline/rocketline/rocketchat"
)

// accountFlags name the service account. Its token is read from a file: what is typed can be seen by every user of the machine.
type accountFlags struct {
	ID        string `name:"rocketchat-account-id" env:"ROCKETLINE_ROCKETCHAT_ACCOUNT_ID" placeholder:"ID" help:"User id of a service account that may view all livechat rooms: one subscription of its brings the messages of all of them. None by default."`
	TokenFile string `name:"rocketchat-account-token-file" env:"ROCKETLINE_ROCKETCHAT_ACCOUNT_TOKEN_FILE" type:"path" placeholder:"FILE" help:"File with its login token, a personal access token for example."`
}

// account returns the account; nil for none. No error quotes the file.
func (f accountFlags) account() (*rocketchat.Account, error) {
	switch {
	case f.ID == "" && f.TokenFile == "":
		return nil, nil
	case f.ID == "" || f.TokenFile == "":
		return nil, errors.New("--rocketchat-account-id, --rocketchat-account-token-file: they go together")
	}
	text, err := os.ReadFile(f.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("--rocketchat-account-token-file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || len(token) > 256 || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, errors.New("--rocketchat-account-token-file: it holds no token, which is one word")
	}
	return &rocketchat.Account{UserID: f.ID, Token: rocketchat.Secret(token)}, nil
}
