package sandbox

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// workspaceFile is a workspace as YAML. Every key may be absent.
type workspaceFile struct {
	Routing       Routing             `yaml:"routing"`
	Accounts      []seedAccount       `yaml:"accounts"`
	Agents        []seedAgent         `yaml:"agents"`
	Departments   []seedDepartment    `yaml:"departments"`
	VisitorFields []CustomField       `yaml:"visitor_fields"`
	RoomFields    []CustomField       `yaml:"room_fields"`
	CreateTokens  bool                `yaml:"create_tokens"`
	TokensSecret  string              `yaml:"create_tokens_secret"`
	Permissions   map[string][]string `yaml:"permissions"`
	RateLimits    bool                `yaml:"rate_limits"`
	Settings      map[string]any      `yaml:"settings"`
}

type seedAccount struct {
	ID       string   `yaml:"id"`
	Username string   `yaml:"username"`
	Name     string   `yaml:"name"`
	Email    string   `yaml:"email"`
	Password string   `yaml:"password"`
	Roles    []string `yaml:"roles"`
	Tokens   []string `yaml:"tokens"`
}

type seedAgent struct {
	Username string `yaml:"username"`
	ID       string `yaml:"id"`
	Name     string `yaml:"name"`
	Email    string `yaml:"email"`
	Bot      bool   `yaml:"bot"`
}

type seedDepartment struct {
	ID                 string   `yaml:"id"`
	Name               string   `yaml:"name"`
	Agents             []string `yaml:"agents"`
	Disabled           bool     `yaml:"disabled"`
	HideOnRegistration bool     `yaml:"hide_on_registration"`
	HideOnOfflineForm  bool     `yaml:"hide_on_offline_form"`
}

// ReadYAML adds to o what a YAML document says of a workspace: routing, accounts, agents, departments, visitor_fields, room_fields,
// create_tokens, create_tokens_secret, permissions, rate_limits and settings. A key that it does not know is an error, as is a second document.
//
//	routing: Manual_Selection
//	accounts:
//	  - {username: root, password: s3cret, roles: [admin]}
//	agents:
//	  - {username: ann, name: Ann}
//	departments:
//	  - {name: Sales, agents: [ann]}
//	visitor_fields:
//	  - {key: plan, label: Plan}
//	settings:
//	  Livechat_title: Support
func (o *Options) ReadYAML(r io.Reader) error {
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	var file workspaceFile
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read workspace: %w", plain(err))
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("read workspace: more than one document")
	}
	if file.Routing != "" {
		o.Routing = file.Routing
	}
	for _, a := range file.Accounts {
		o.Accounts = append(o.Accounts, Account(a))
	}
	for _, a := range file.Agents {
		o.Agents = append(o.Agents, AgentSpec(a))
	}
	for _, d := range file.Departments {
		o.Departments = append(o.Departments, Department(d))
	}
	o.VisitorFields = append(o.VisitorFields, file.VisitorFields...)
	o.RoomFields = append(o.RoomFields, file.RoomFields...)
	o.CreateTokens = o.CreateTokens || file.CreateTokens
	o.RateLimits = o.RateLimits || file.RateLimits
	if file.TokensSecret != "" {
		o.CreateTokensSecret = file.TokensSecret
	}
	if o.Permissions == nil {
		o.Permissions = map[string][]string{}
	}
	maps.Copy(o.Permissions, file.Permissions)
	if o.Settings == nil {
		o.Settings = map[string]any{}
	}
	maps.Copy(o.Settings, file.Settings)
	if err := o.check(); err != nil {
		return fmt.Errorf("read workspace: %w", err)
	}
	return nil
}

// goType is how the YAML reader names the Go type that a key was looked for in, which says nothing to the file's author.
var goType = regexp.MustCompile(` in type sandbox\.\w+`)

// plain is an error of the YAML reader on one line, without Go.
func plain(err error) error {
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return err
	}
	return errors.New(goType.ReplaceAllString(strings.Join(wrong.Errors, "; "), ""))
}
