package core

// FileFacts are about uploads and downloads.
type FileFacts struct{}

var fileFacts = map[Profile]FileFacts{}
