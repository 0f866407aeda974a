package rocketchat

import (
	"net/url"
	"slices"
	"strings"
)

type fileDoc struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
	// TypeGroup is "thumb" for a thumbnail, on servers that say so.
	TypeGroup string `json:"typeGroup"`
}

// fileUploadDoc is what REST adds to a message with a file. Its publicFilePath, a signed link, is not read.
type fileUploadDoc struct {
	Size int64 `json:"size"`
}

type attachmentDoc struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	TitleLink   string `json:"title_link"`
	Text        string `json:"text"`
	AuthorName  string `json:"author_name"`
	Description string `json:"description"`
	Size        int64  `json:"size"`
	ImageSize   int64  `json:"image_size"`
	AudioSize   int64  `json:"audio_size"`
	VideoSize   int64  `json:"video_size"`
	Dimensions  struct {
		Width  float64 `json:"width"`
		Height float64 `json:"height"`
	} `json:"image_dimensions"`
}

// files splits what a message carries into files and attachments. The files are those of file and files: visitors' messages have
// only the first, agents' both (6.5.3 files, upload). An attachment of type file describes the file that its link names; entries
// of files that neither file nor any of those links names are thumbnails (realtime 9.1) and dropped.
func (d *messageDoc) files() ([]File, []Attachment) {
	all := d.Files
	if d.File != nil && !slices.ContainsFunc(all, func(f fileDoc) bool { return f.ID == d.File.ID }) {
		all = append([]fileDoc{*d.File}, all...)
	}
	described := make(map[string]attachmentDoc)
	var attachments []Attachment
	for _, a := range d.Attachments {
		id := a.fileID()
		if a.Type == "file" && slices.ContainsFunc(all, func(f fileDoc) bool { return f.ID == id }) {
			described[id] = a
			continue
		}
		if card := a.attachment(); card != (Attachment{}) {
			attachments = append(attachments, card)
		}
	}
	var files []File
	for _, f := range all {
		a, ok := described[f.ID]
		main := d.File != nil && d.File.ID == f.ID
		if f.ID == "" || f.TypeGroup == "thumb" || !ok && !main && len(described) > 0 {
			continue
		}
		file := File{
			ID: f.ID, Name: f.Name, ContentType: f.Type, Description: a.Description,
			Size:  max(f.Size, a.Size, a.ImageSize, a.AudioSize, a.VideoSize, 0),
			Width: pixels(a.Dimensions.Width), Height: pixels(a.Dimensions.Height),
		}
		if file.Size == 0 && main {
			file.Size = max(d.FileUpload.Size, 0)
		}
		files = append(files, file)
	}
	return files, attachments
}

// fileID is the id in a link of the shape /file-upload/<id>/<name>, empty for any other.
func (a attachmentDoc) fileID() string {
	rest, ok := strings.CutPrefix(a.TitleLink, "/file-upload/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// attachment keeps a link only if it leads elsewhere: the site's own are relative and need the visitor's token.
func (a attachmentDoc) attachment() Attachment {
	card := Attachment{Title: a.Title, Text: a.Text, AuthorName: a.AuthorName}
	if card.Text == "" {
		card.Text = a.Description
	}
	if link, err := url.Parse(a.TitleLink); err == nil && link.Host != "" && (link.Scheme == "https" || link.Scheme == "http") {
		card.TitleLink = a.TitleLink
	}
	return card
}

// pixels rounds a dimension; upstream's previews may have fractions.
func pixels(n float64) int {
	if n < 0 || n > 1<<20 {
		return 0
	}
	return int(n + 0.5)
}
