package core

// FileFacts are about uploads and downloads.
type FileFacts struct {
	// BareUpload says that livechat/upload answers nothing but success.
	BareUpload bool
	// What is wrong with a multipart body. Without WrongField a file part of another name is never answered (recorded in 3.4.0
	// room-message). Without TooLarge the whole body is read first, and the size is looked at after the type.
	NoFile, ManyFiles, WrongField, TooLarge *Fault

	exactLimit      bool // a file of exactly FileUpload_MaxFileSize bytes passes
	LooseFields     bool // unknown fields of an upload are ignored, groupable is read from a text
	switchesFirst   bool // livechat/upload looks at both upload switches before all else, and says so without an error key
	roomNotFound    bool // rooms.upload tells an unknown room from a foreign one
	bySize          bool // rooms.upload judges the size after reading, in words of its own
	richAttachment  bool // attachments have ts, the text of 1970, and the parsed description
	userFormat      bool // attachments of users name format and size of what is no image, audio or video
	Thumbnails      bool // images of users get a thumbnail where they do not fit into 480 by 360 (read in the source)
	userFiles       bool // messages of users have files beside file
	visitorFiles    bool // those of visitors too, and groupable
	GuessType       bool // application/octet-stream becomes the type that the name's extension stands for
	Ranges          bool // downloads heed Range
	restrictedFiles bool // FileUpload_Restrict_to_room_members counts
	closedRoomGrant bool // a visitor's grant may name a closed room
}

var fileFacts = map[Profile]FileFacts{
	V3_4: {
		BareUpload: true,
		NoFile:     &Fault{Code: "File required", Plain: true},
		ManyFiles:  &Fault{Code: "Just 1 file is allowed", Plain: true},
		exactLimit: true, roomNotFound: true, bySize: true,
	},
	V6_5: fileFacts6,
	// rest-visitor 8 and 10, rest-agent B.6.
	V7_0: with(fileFacts6, func(f *FileFacts) {
		f.switchesFirst, f.visitorFiles, f.GuessType, f.closedRoomGrant = true, true, true, true
	}),
	// rest-visitor 8.1, what it calls newest.
	Later: with(fileFacts6, func(f *FileFacts) {
		f.switchesFirst, f.visitorFiles, f.GuessType, f.closedRoomGrant = true, true, true, true
		f.NoFile = &Fault{Code: "error-no-file", Reason: "No file uploaded"}
		f.ManyFiles = &Fault{Code: "error-too-many-files", Reason: "Too many files in upload"}
		f.TooLarge = &Fault{Code: "error-file-too-large", Reason: "File size exceeds the allowed limit"}
		f.exactLimit, f.LooseFields = true, true
	}),
}

var fileFacts6 = FileFacts{
	NoFile:     &Fault{Code: "No file uploaded"},
	ManyFiles:  &Fault{Code: "Just 1 file is allowed", Plain: true},
	WrongField: &Fault{Code: "invalid-field"},
	TooLarge:   &Fault{Code: "error-file-too-large"},
	Ranges:     true, richAttachment: true, userFormat: true, userFiles: true, restrictedFiles: true, Thumbnails: true,
}
