package console

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"

	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

// importing is how many people of a file are saved at once.
const importing = 8

// An importView says what came of a file of people.
type importView struct {
	Added     int          `json:"added"`
	Changed   int          `json:"changed"`
	Unchanged int          `json:"unchanged"`
	Mistakes  []fieldError `json:"mistakes"` // by line; the others were saved
}

// apiImport adds and changes people by a file. What a line does not say of somebody
// who is there stays: their presence, their sign, whether they have left.
func (c *Console) apiImport(w http.ResponseWriter, r *http.Request, who people.Person) error {
	out, err := c.importPeople(r.Context(), who, r.Body)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, out)
	return nil
}

func (c *Console) importPeople(ctx context.Context, who people.Person, file io.Reader) (importView, error) {
	out := importView{Mistakes: []fieldError{}}
	d, err := c.cfg.Keeper.Directory(ctx)
	if err != nil {
		return out, err
	}
	rows, mistakes := d.ReadCSV(file)
	var mu sync.Mutex
	wrong := func(line int, err error) error {
		all := fieldErrors(err)
		if errors.Is(err, errMoved) {
			all = []fieldError{{0, "id", "somebody changed them at the same time"}}
		}
		if len(all) == 0 {
			return err
		}
		for _, f := range all {
			f.Line = line
			out.Mistakes = append(out.Mistakes, f)
		}
		return nil
	}
	if len(mistakes) > 0 {
		out.Mistakes = fieldErrors(&badInput{mistakes})
	}
	var wait sync.WaitGroup
	var failed error
	slots := make(chan struct{}, importing)
	after := d // the lines so far, of which none may take away the last admin
	after.Members = maps.Clone(d.Members)
	for _, row := range rows {
		var was any
		if row.Was.Version > 0 {
			was = row.Was
		}
		fields := people.Diff(was, row.Member)
		if len(fields) == 0 {
			out.Unchanged++
			continue
		}
		may := after.MayKeep(who, row.Was, row.Member)
		if may == nil {
			after.Members[row.Member.ID] = row.Member
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			err := may
			if wrong := c.reached(nil, row.Was.Channels, row.Member.Channels); err == nil && len(wrong) > 0 {
				err = &badInput{wrong}
			}
			if err == nil {
				_, err = write(ctx, c, c.members(), wish{who: who, why: "import"}, row.Member, fields)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				failed = cmp.Or(failed, wrong(row.Line, err))
			case row.Was.Version == 0:
				out.Added++
			default:
				out.Changed++
			}
		})
	}
	wait.Wait()
	if failed != nil {
		return out, failed
	}
	slices.SortStableFunc(out.Mistakes, func(a, b fieldError) int { return a.Line - b.Line })
	logs.Note(ctx, "added", out.Added, "changed", out.Changed, "mistakes", len(out.Mistakes))
	return out, nil
}
