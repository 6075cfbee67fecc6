package people

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Columns are those of a file of people, of which id and name must be there. Lists
// are divided by semicolons; shifts and quiet hours are such as "mon-fri
// 09:00-17:00;sat 10:00-14:00", channels such as "lea@example.com;!slack:leads".
var Columns = []string{"id", "name", "sign", "roles", "teams", "skills", "languages", "brands", "zone", "shifts", "soft", "hard", "channels", "quiet"}

// maxRows bounds a file, and with it what one request does.
const maxRows = 5000

// A Row is somebody as a line of a file has them, ready to be saved: in the version
// of the directory, with what the file has no column for as it is there.
type Row struct {
	Line   int
	Member Member
	Was    Member // the zero one for somebody new
}

// ReadCSV reads people from a file with a line of column names, in any order. Each
// line is checked as CheckMember does; a bad one is told with all that is wrong with
// it, and keeps no other back. It reads at most 5,000.
func (d Directory) ReadCSV(r io.Reader) ([]Row, []Mistake) {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" { // as spreadsheets write
		_, _ = in.Discard(3)
	}
	lines := csv.NewReader(in)
	lines.FieldsPerRecord, lines.TrimLeadingSpace = -1, true
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return nil, []Mistake{{Line: 1, Text: "the file is empty; it begins with the names of its columns"}}
	}
	if err != nil {
		return nil, []Mistake{lineError(err)}
	}
	columns, mistakes := columnsOf(header)
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	var rows []Row
	seen := map[string]int{} // ids and the lines they stand on
	for n := 0; ; n++ {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return rows, mistakes
		}
		if err != nil {
			mistakes = append(mistakes, lineError(err))
			if _, ok := errors.AsType[*csv.ParseError](err); !ok {
				return rows, mistakes // it can't be read on
			}
			continue
		}
		line, _ := lines.FieldPos(0)
		if n >= maxRows {
			return rows, append(mistakes, Mistake{Line: line, Text: fmt.Sprintf("there are more than %d people; this one and those below were not read", maxRows)})
		}
		row, wrong := d.row(columns, record)
		if before, ok := seen[row.Member.ID]; ok && row.Member.ID != "" {
			wrong = append(wrong, Mistake{Field: "id", Text: fmt.Sprintf("%s stands on line %d too", quoted(row.Member.ID), before)})
		} else {
			seen[row.Member.ID] = line
		}
		if len(wrong) == 0 {
			wrong = d.CheckMember(row.Member)
		}
		if len(wrong) == 0 {
			row.Line = line
			rows = append(rows, row)
		}
		for _, m := range wrong {
			m.Line = line
			mistakes = append(mistakes, m)
		}
	}
}

func lineError(err error) Mistake {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return Mistake{Line: parse.StartLine, Text: parse.Err.Error()}
	}
	return Mistake{Text: "the file cannot be read: " + err.Error()}
}

// columnsOf reads the names of the columns.
func columnsOf(header []string) (columns []string, mistakes []Mistake) {
	wrong := func(format string, args ...any) {
		mistakes = append(mistakes, Mistake{Line: 1, Text: fmt.Sprintf(format, args...)})
	}
	for _, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !slices.Contains(Columns, name):
			wrong("there is no column %s; known are %s", quoted(name), strings.Join(Columns, ", "))
		case slices.Contains(columns, name):
			wrong("column %s stands there twice", name)
		}
		columns = append(columns, name)
	}
	for _, name := range Columns[:2] {
		if !slices.Contains(columns, name) {
			wrong("column %s is missing", name)
		}
	}
	return columns, mistakes
}

// row reads a line.
func (d Directory) row(columns, record []string) (Row, []Mistake) {
	if len(record) != len(columns) {
		return Row{}, []Mistake{{Text: fmt.Sprintf("has %d fields where there are %d columns", len(record), len(columns))}}
	}
	value := func(name string) (string, bool) {
		i := slices.Index(columns, name)
		if i < 0 {
			return "", false
		}
		return strings.TrimSpace(record[i]), true
	}
	id, _ := value("id")
	was := d.Members[id]
	m := was
	m.ID = id
	var mistakes []Mistake
	wrong := func(field string, err error) {
		if err != nil {
			mistakes = append(mistakes, Mistake{Field: field, Text: err.Error()})
		}
	}
	for name, to := range map[string]*string{"name": &m.Name, "sign": &m.Sign, "zone": &m.Zone} {
		if text, ok := value(name); ok {
			*to = text
		}
	}
	for name, to := range map[string]*[]string{"roles": &m.Roles, "teams": &m.Teams, "skills": &m.Skills, "languages": &m.Languages, "brands": &m.Brands} {
		if text, ok := value(name); ok {
			*to = listOf(text)
		}
	}
	for name, to := range map[string]*Week{"shifts": &m.Shifts, "quiet": &m.Quiet} {
		if text, ok := value(name); ok {
			week, err := ParseWeek(text)
			*to = week
			wrong(name, err)
		}
	}
	if text, ok := value("channels"); ok {
		all, err := ParseChannels(text)
		m.Channels = over(was.Channels, all)
		wrong("channels", err)
	}
	for _, bound := range []struct {
		name string
		to   *int
	}{{"soft", &m.Capacity.Soft}, {"hard", &m.Capacity.Hard}} {
		if text, ok := value(bound.name); ok {
			n, err := 0, error(nil)
			if text != "" {
				if n, err = strconv.Atoi(text); err != nil {
					err = fmt.Errorf("%s is not a number", quoted(text))
				}
			}
			*bound.to = n
			wrong(bound.name, err)
		}
	}
	return Row{Member: m, Was: was}, mistakes
}

// over returns the channels of a file in place of those that were there: what a file
// has no words for stays, the kinds that one is told of and the browsers that somebody
// subscribed.
func over(was, all []Channel) []Channel {
	for _, old := range was {
		i := slices.IndexFunc(all, func(ch Channel) bool { return ch.Kind == old.Kind && ch.To == old.To })
		switch {
		case i >= 0:
			all[i].Only = old.Only
		case old.Kind == Push:
			all = append(all, old)
		}
	}
	return all
}

func listOf(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// ParseWeek reads hours such as "mon-fri 09:00-17:00;sat 10:00-14:00"; several of one
// day add up. Whether the periods are ones is for a check of the item to say.
func ParseWeek(text string) (Week, error) {
	var week Week
	for _, part := range listOf(text) {
		days, period, ok := strings.Cut(part, " ")
		first, last, isRange := strings.Cut(strings.ToLower(days), "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		if !ok || from < 0 || to < 0 {
			return nil, fmt.Errorf("%s is not of the form mon 09:00-17:00 or mon-fri 09:00-17:00", quoted(part))
		}
		if week == nil {
			week = Week{}
		}
		for n := range (to-from+7)%7 + 1 { // sat-mon goes over the end of the week
			day := weekdays[(from+n)%7]
			week[day] = append(slices.Clip(week[day]), strings.TrimSpace(period))
		}
	}
	return week, nil
}

// String writes the week as ParseWeek reads it.
func (w Week) String() string {
	var parts []string
	for _, day := range weekdays {
		for _, period := range w[day] {
			parts = append(parts, day+" "+period)
		}
	}
	return strings.Join(parts, ";")
}
