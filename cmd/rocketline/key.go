package main

import (
	"fmt"

	"github.com/rocketline/rocketline/internal/keys"
)

// key makes a service key.
type key struct {
	Name   string   `arg:"" help:"The service's name: lower-case letters, digits, hyphens."`
	Grants []string `env:"ROCKETLINE_KEY_GRANTS" enum:"visitors,rooms:all,users:mint" default:"visitors" help:"What it may do: visitors, rooms:all, users:mint (${default})."`
}

// Run prints the key, which is kept nowhere, and the entry with its hash.
func (c *key) Run(io console) error {
	secret, hash := keys.Generate()
	entry := fmt.Sprintf("services:\n  - name: %s\n    sha256: %s\n    grants: [", c.Name, hash)
	for i, g := range c.Grants {
		if i > 0 {
			entry += ", "
		}
		entry += fmt.Sprintf("%q", g)
	}
	entry += "]\n"
	if _, err := keys.Parse([]byte(entry)); err != nil {
		return errUsage{err}
	}
	fmt.Fprintf(io.log, "The key, which the service sends as x-api-key and which is kept nowhere:\n\n  %s\n\nThe entry for the file of --service-keys:\n\n", secret)
	fmt.Fprint(io.out, entry)
	return nil
}
