package rocketchat

import (
	"encoding/json"
	"fmt"
)

// userDoc is how upstream names a person inside other documents: u, servedBy, transferredBy, closedBy, editedBy.
type userDoc struct {
	ID       string `json:"_id"`
	Username string `json:"username"`
	Name     string `json:"name"`
	// Type is transferredBy's: visitor, agent or user. The pages call it userType; both recordings have type.
	Type string `json:"type"`
}

// rocketCat is the id of the user in whose name the server itself speaks.
const rocketCat = "rocket.cat"

func (u userDoc) author(kind AuthorKind) Author {
	if u.ID == rocketCat {
		kind = AuthorSystem
	}
	return Author{Kind: kind, ID: u.ID, Username: u.Username, Name: u.Name}
}

// kindByType reads the sign that transferData carries of who acted.
func (u userDoc) kindByType() AuthorKind {
	switch u.Type {
	case "visitor":
		return AuthorVisitor
	case "agent", "user":
		return AuthorAgent
	default:
		return AuthorUnknown
	}
}

// decodeAgent reads an agent as config, agent.info, agentData and servedBy have it (rest-visitor 3, realtime 9.2). Nothing, null
// and false are nobody: nil without an error. {"hiddenInfo":true} is an agent of whom only Hidden is known.
func decodeAgent(raw json.RawMessage) (*Agent, error) {
	if absent(raw) {
		return nil, nil
	}
	var doc struct {
		userDoc
		Status string `json:"status"`
		Emails []struct {
			Address string `json:"address"`
		} `json:"emails"`
		Phones []struct {
			Number string `json:"phoneNumber"`
		} `json:"phone"`
		Hidden bool `json:"hiddenInfo"`
	}
	if err := unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("decode agent: %w", err)
	}
	if doc.Hidden {
		return &Agent{Hidden: true}, nil
	}
	if doc.ID == "" {
		return nil, errNoID("agent")
	}
	agent := &Agent{ID: doc.ID, Username: doc.Username, Name: doc.Name, Status: doc.Status}
	if len(doc.Emails) > 0 {
		agent.Email = doc.Emails[0].Address
	}
	if len(doc.Phones) > 0 {
		agent.Phone = doc.Phones[0].Number
	}
	return agent, nil
}

// errNoID says that a document lacks the field that makes it one.
func errNoID(what string) error { return fmt.Errorf("decode %s: no _id", what) }

// visitorDoc is a visitor: the full record, config's guest, or a room's v. Its token has a field only where a caller is to
// have it, see decodeVisitor.
type visitorDoc struct {
	ID       string `json:"_id"`
	Username string `json:"username"`
	Name     string `json:"name"`
	Emails   []struct {
		Address string `json:"address"`
	} `json:"visitorEmails"`
	Phones []struct {
		Number string `json:"phoneNumber"`
	} `json:"phone"`
	Department string                     `json:"department"`
	Status     string                     `json:"status"`
	CreatedAt  date                       `json:"ts"`
	Fields     map[string]json.RawMessage `json:"livechatData"`
}

func (d visitorDoc) visitor() Visitor {
	v := Visitor{
		ID: d.ID, Username: d.Username, Name: d.Name,
		Department: d.Department, Status: d.Status, CreatedAt: d.CreatedAt.Time,
	}
	if len(d.Emails) > 0 {
		v.Email = d.Emails[0].Address
	}
	if len(d.Phones) > 0 {
		v.Phone = d.Phones[0].Number
	}
	for key, raw := range d.Fields {
		var value string
		if json.Unmarshal(raw, &value) != nil {
			continue
		}
		if v.CustomFields == nil {
			v.CustomFields = make(map[string]string, len(d.Fields))
		}
		v.CustomFields[key] = value
	}
	return v
}

// decodeVisitor reads the full record that RegisterVisitor and Visitor answer, the token with it.
func decodeVisitor(raw json.RawMessage) (Visitor, error) {
	var doc struct {
		visitorDoc
		Token string `json:"token"`
	}
	if err := unmarshal(raw, &doc); err != nil {
		return Visitor{}, fmt.Errorf("decode visitor: %w", err)
	}
	if doc.ID == "" {
		return Visitor{}, errNoID("visitor")
	}
	v := doc.visitor()
	v.Token = Secret(doc.Token)
	return v, nil
}
