package dynamo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// Directory returns everybody, all teams, rotas, saved views and replies as they are now. It costs a
// read unit for each 4 KB of them, of which a person has about a tenth.
func (s *Store) Directory(ctx context.Context) (people.Directory, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text(directory)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return people.Directory{}, fmt.Errorf("reading the directory: %w", err)
	}
	var (
		members []people.Member
		teams   []people.Team
		rotas   []people.Rota
		views   []people.SavedView
		replies []people.SavedReply
		ended   = map[string]time.Time{}
	)
	for _, row := range rows {
		var err error
		switch textOf(row, "sk")[:1] {
		case "P":
			members, err = appendDoc(members, row)
		case "T":
			teams, err = appendDoc(teams, row)
		case "R":
			rotas, err = appendDoc(rotas, row)
		case "V":
			views, err = appendDoc(views, row)
		case "A":
			replies, err = appendReply(replies, row)
		case "S":
			ended[textOf(row, "sk")[2:]] = milliOf(row, "until")
		}
		if err != nil {
			return people.Directory{}, err
		}
	}
	d := people.NewDirectory(members, teams, rotas).WithViews(views).WithReplies(replies)
	d.Ended = ended
	return d, nil
}

// appendDoc adds what the document of an item says.
func appendDoc[T any](to []T, row item) ([]T, error) {
	v, err := docOf[T](row)
	if err != nil {
		return to, err
	}
	return append(to, v), nil
}

// SaveMember writes m, with its version one higher, and the change that led to it,
// both or neither. m.Version is the one that was read, 0 for somebody new: it returns
// desk.ErrStale when that is no longer so, or nobody is there any more, and
// desk.ErrDuplicate when somebody is there already. Where the change has no id it
// gets one; one that has is written once, and a second time is nil.
func (s *Store) SaveMember(ctx context.Context, m people.Member, c people.Change) error {
	was := m.Version
	m.Version, m.Changed = was+1, c.At
	return s.save(ctx, people.KindMember, m.ID, was, m, c)
}

// SaveTeam is SaveMember for a team.
func (s *Store) SaveTeam(ctx context.Context, t people.Team, c people.Change) error {
	was := t.Version
	t.Version, t.Changed = was+1, c.At
	return s.save(ctx, people.KindTeam, t.ID, was, t, c)
}

// SaveRota is SaveMember for a rota.
func (s *Store) SaveRota(ctx context.Context, r people.Rota, c people.Change) error {
	was := r.Version
	r.Version, r.Changed = was+1, c.At
	return s.save(ctx, people.KindRota, r.ID, was, r, c)
}

// SaveView is SaveMember for a saved view.
func (s *Store) SaveView(ctx context.Context, v people.SavedView, c people.Change) error {
	was := v.Version
	v.Version, v.Changed = was+1, c.At
	return s.save(ctx, people.KindView, v.ID, was, v, c)
}

// RemoveTeam takes a team out, in the version that was read, and writes the change
// with it; desk.ErrStale when it has changed or is gone.
func (s *Store) RemoveTeam(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, people.KindTeam, id, version, nil, c)
}

// RemoveRota is RemoveTeam for a rota.
func (s *Store) RemoveRota(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, people.KindRota, id, version, nil, c)
}

// RemoveView is RemoveTeam for a saved view.
func (s *Store) RemoveView(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, people.KindView, id, version, nil, c)
}

// SaveReply is SaveMember for a saved reply.
func (s *Store) SaveReply(ctx context.Context, r people.SavedReply, c people.Change) error {
	was := r.Version
	r.Version, r.Changed = was+1, c.At
	return s.save(ctx, people.KindReply, r.ID, was, r, c)
}

// RemoveReply is RemoveTeam for a saved reply.
func (s *Store) RemoveReply(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, people.KindReply, id, version, nil, c)
}

// UseReply counts that a saved reply was taken; desk.ErrNotFound where there is none.
// It changes no version: whoever edits the reply meanwhile is not in its way. A use
// that is counted while an edit is written may get lost, and one whose answer got lost
// counts twice.
func (s *Store) UseReply(ctx context.Context, id string, at time.Time) error {
	u := newUpdate(s.Table, directory, directoryKey(people.KindReply, id))
	u.add("uses")
	u.set("used", number(at.UnixMilli()))
	u.whenThere("doc")
	err := s.update(ctx, u)
	if errors.Is(err, desk.ErrStale) {
		err = desk.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("dynamo: counting a use of reply %q: %w", id, err)
	}
	return nil
}

// EndSession notes that a session is over, for as long as its cookie would have held.
// Twice is once.
func (s *Store) EndSession(ctx context.Context, id string, until time.Time) error {
	u := newUpdate(s.Table, directory, endedKey(id))
	u.set("until", number(until.UnixMilli()))
	u.set("ttl", number(until.Add(time.Hour).Unix())) // whoever's clock is behind
	if err := s.update(ctx, u); err != nil {
		return fmt.Errorf("dynamo: ending a session: %w", err)
	}
	return nil
}

// appendReply is appendDoc for a saved reply: the uses since its document was written
// stand beside that.
func appendReply(to []people.SavedReply, row item) ([]people.SavedReply, error) {
	to, err := appendDoc(to, row)
	if _, counted := row["uses"]; err != nil || !counted {
		return to, err
	}
	last := &to[len(to)-1]
	last.Uses, last.Used = last.Uses+int(numberOf(row, "uses")), milliOf(row, "used")
	return to, nil
}

// save writes an item of the directory on the condition of the version that was
// read, or takes it out where there is none to write.
func (s *Store) save(ctx context.Context, kind people.Kind, id string, was int64, is any, c people.Change) error {
	doing := fmt.Sprintf("dynamo: changing %s %q", kind, id)
	if id == "" || c.At.IsZero() {
		return fmt.Errorf("%s: without an id or a time: %w", doing, desk.ErrInvalid)
	}
	at := key(directory, directoryKey(kind, id))
	condition, values := aws.String("v = :was"), item{":was": number(was)}
	if was == 0 {
		condition, values = aws.String(notThere), nil
	}
	var w writes
	if is == nil {
		w = append(w, write{of: theEntry, item: types.TransactWriteItem{Delete: &types.Delete{
			TableName: &s.Table, Key: at, ConditionExpression: condition, ExpressionAttributeValues: values,
		}}})
	} else {
		doc, err := json.Marshal(is)
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		at["doc"], at["v"] = text(string(doc)), number(was+1)
		w = append(w, write{of: theEntry, item: types.TransactWriteItem{Put: &types.Put{
			TableName: &s.Table, Item: at, ConditionExpression: condition, ExpressionAttributeValues: values,
		}}})
	}
	if c.ID == "" {
		c.ID = auditID(c.At, rand.Text()[:8])
	}
	line, err := auditItem(c)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := s.openMonth(ctx, c.At); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	w = append(w, write{of: theAudit, item: types.TransactWriteItem{Put: s.putOnce(line)}})
	err = s.transact(ctx, w)
	if r, ok := errors.AsType[*refused](err); ok {
		switch _, ours := r.of[theAudit]; {
		case ours: // an earlier try of ours took effect although it seemed to fail
			return nil
		case was == 0:
			err = desk.ErrDuplicate
		default:
			err = desk.ErrStale
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
