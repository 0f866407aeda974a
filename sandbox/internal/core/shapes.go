package core

import "regexp"

// shapes are the workspace's own regular expressions, each compiled once; nil for one that this program cannot read.
type shapes map[string]*regexp.Regexp

// of is the compiled expression, nil where that failed.
func (s shapes) of(expression string) *regexp.Regexp {
	shape, known := s[expression]
	if !known {
		shape, _ = regexp.Compile(expression) // nil on an error
		s[expression] = shape
	}
	return shape
}
