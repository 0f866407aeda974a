package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// ReadAccounts reads a JSON list of accounts with the keys _id, username, name, email, password, roles and tokens. A key that it does not
// know is an error.
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
		return nil, fmt.Errorf("read accounts: %w", readable(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read accounts: there is something behind the list")
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

// readable is an error of the JSON reader without Go.
func readable(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case !errors.As(err, &wrong):
		return err
	case wrong.Field == "":
		return fmt.Errorf("want a JSON list of objects, got %s", wrong.Value)
	case wrong.Type.Kind() == reflect.Slice:
		return fmt.Errorf("%s: want a list, got a %s", wrong.Field, wrong.Value)
	}
	return fmt.Errorf("%s: want a %s, got a %s", wrong.Field, wrong.Type, wrong.Value)
}
