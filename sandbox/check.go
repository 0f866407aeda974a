package sandbox

import (
	"errors"
	"fmt"
	"math"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// check finds what makes no sense, whether it was said in Go or in YAML. What is empty is given its default later.
func (o *Options) check() error {
	if o.Listener != nil && o.Addr != "" {
		return errors.New("both an address to listen on and a listener")
	}
	if o.Routing != "" && o.Routing != AutoSelection && o.Routing != ManualSelection {
		return fmt.Errorf("unknown routing %q", o.Routing)
	}
	if !(o.DelayScale >= 0) || math.IsInf(o.DelayScale, 1) {
		return fmt.Errorf("the scale of delays is %v, want a number from 0 on", o.DelayScale)
	}
	if err := o.checkUsers(); err != nil {
		return err
	}
	if err := o.checkDepartments(); err != nil {
		return err
	}
	if err := checkFields("visitor", o.VisitorFields); err != nil {
		return err
	}
	if err := checkFields("room", o.RoomFields); err != nil {
		return err
	}
	for key, value := range o.Settings {
		if err := core.CheckSetting(key, value); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) checkUsers() error {
	names, ids := map[string]bool{}, map[string]bool{}
	add := func(kind string, number int, username, id string) error {
		switch {
		case username == "":
			return fmt.Errorf("%s: number %d has no username", kind, number)
		case names[username]:
			return fmt.Errorf("%s: the username %q is there twice", kind, username)
		case id != "" && ids[id]:
			return fmt.Errorf("%s: the id %q is there twice", kind, id)
		}
		names[username], ids[id] = true, true
		return nil
	}
	for i, a := range o.Accounts {
		if err := add("accounts", i+1, a.Username, a.ID); err != nil {
			return err
		}
	}
	for i, a := range o.Agents {
		if err := add("agents", i+1, a.Username, a.ID); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) checkDepartments() error {
	ids := map[string]bool{}
	for _, d := range o.Departments {
		switch {
		case d.Name == "":
			return fmt.Errorf("departments: %q has no name", d.ID)
		case d.ID != "" && ids[d.ID]:
			return fmt.Errorf("departments: the id %q is there twice", d.ID)
		}
		ids[d.ID] = true
	}
	return nil
}

func checkFields(kind string, fields []CustomField) error {
	for i, f := range fields {
		if f.Key == "" {
			return fmt.Errorf("%s fields: number %d has no key", kind, i+1)
		}
	}
	return nil
}
