package youtube

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// The name spaces of a feed.
const (
	atom      = "http://www.w3.org/2005/Atom"
	videos    = "http://www.youtube.com/xml/schemas/2015"
	tombstone = "http://purl.org/atompub/tombstones/1.0"
)

// A feed is what a hub posts: videos that were published, changed or taken away.
type feed struct {
	body    []byte
	entries []entry
}

// An entry is one video of a feed, and where it stands there.
type entry struct {
	begin, end int
	video      string
	channel    string
	updated    string
	link       string
	deleted    bool
}

// isFeed reports whether a body is XML: no JSON begins so.
func isFeed(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("<"))
}

// readFeed reads a feed. An error says that it is none, and repeats nothing of it.
func readFeed(body []byte) (feed, error) {
	f, d := feed{body: body}, xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("another encoding") }
	bad := errors.New("body is no feed")
	var self string
	depth, at := 0, 0
	for {
		begin := int(d.InputOffset())
		token, err := d.Token()
		if errors.Is(err, io.EOF) && at > 0 && depth == 0 {
			break
		}
		if err != nil {
			return feed{}, bad
		}
		switch t := token.(type) {
		case xml.StartElement:
			at++
			switch {
			case depth == 0 && (at > 1 || t.Name != (xml.Name{Space: atom, Local: "feed"})):
				return feed{}, bad
			case depth == 1 && (t.Name == xml.Name{Space: atom, Local: "entry"} || t.Name == xml.Name{Space: tombstone, Local: "deleted-entry"}):
				e, err := readEntry(d, t)
				if err != nil {
					return feed{}, bad
				}
				e.begin, e.end = begin, int(d.InputOffset())
				f.entries = append(f.entries, e)
				continue
			case depth == 1 && t.Name.Local == "link" && attribute(t, "rel") == "self":
				self = attribute(t, "href")
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
	_, channel, _ := strings.Cut(self, "channel_id=")
	for i := range f.entries {
		if f.entries[i].channel == "" {
			f.entries[i].channel = channel
		}
	}
	return f, nil
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readEntry reads a video up to its end.
func readEntry(d *xml.Decoder, start xml.StartElement) (entry, error) {
	var in struct {
		Video   string `xml:"http://www.youtube.com/xml/schemas/2015 videoId"`
		Channel string `xml:"http://www.youtube.com/xml/schemas/2015 channelId"`
		Updated string `xml:"http://www.w3.org/2005/Atom updated"`
		Links   []struct {
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/2005/Atom link"`
		By struct {
			URI string `xml:"uri"`
		} `xml:"http://purl.org/atompub/tombstones/1.0 by"`
	}
	if err := d.DecodeElement(&in, &start); err != nil {
		return entry{}, fmt.Errorf("reading an entry: %w", err)
	}
	e := entry{video: in.Video, channel: in.Channel, updated: in.Updated, deleted: start.Name.Space == tombstone}
	if len(in.Links) > 0 {
		e.link = in.Links[0].Href
	}
	if e.deleted {
		e.video, e.updated = strings.TrimPrefix(attribute(start, "ref"), "yt:video:"), attribute(start, "when")
		if _, channel, found := strings.Cut(in.By.URI, "/channel/"); found {
			e.channel = channel
		}
	}
	return e, nil
}

// alone returns the feed with entry i and no other.
func (f feed) alone(i int) []byte {
	if len(f.entries) == 1 {
		return f.body
	}
	e, last := f.entries[i], f.entries[len(f.entries)-1]
	return slices.Concat(f.body[:f.entries[0].begin], f.body[e.begin:e.end], f.body[last.end:])
}

// parseFeed reads the one entry of a feed: reason to ask for comments.
func parseFeed(raw desk.RawEvent) (desk.Event, error) {
	f, err := readFeed(raw.Body)
	if err != nil {
		return desk.Event{}, fmt.Errorf("youtube: reading event: %w", err)
	}
	if len(f.entries) != 1 || f.entries[0].video == "" {
		return desk.Event{}, errors.New("youtube: reading event: there is no single video in it")
	}
	is := f.entries[0]
	e := desk.Event{
		Kind: desk.FetchRequired, Needs: desk.NeedsPoll, Key: "video:" + is.video + ":" + is.updated, Platform: Name, Account: is.channel, Channel: string(Name),
		Direction: desk.In, Visibility: desk.Public, Conversation: is.video, Permalink: is.link, Time: wire.ISO(is.updated),
	}
	if is.deleted {
		e.Key = "video:" + is.video + ":deleted:" + is.updated
	}
	switch {
	case raw.Fetched != nil: // the comments came by themselves
		e.Kind, e.Needs = desk.Control, desk.NeedsNothing
	case raw.Unfetched != "":
		e.Kind, e.Needs, e.Unfetched = desk.Unsupported, desk.NeedsNothing, raw.Unfetched
	}
	return e, nil
}
