package rocketchat

type account struct{}

func (a *account) live() bool   { return false }
func (a *account) usable() bool { return false }
func (a *account) close()       {}
