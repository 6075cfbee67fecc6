package policy

import "testing"

func TestClustersOfThaiEndWhereTheirLettersSaySo(t *testing.T) {
	t.Parallel()
	for before := 'ก'; before <= '๛'; before++ {
		for r := 'ก'; r <= '๛'; r++ {
			if classOf(before) == inThai && classOf(r) == inThai && (joined(before, r) == 1) != continues(before, r) {
				t.Errorf("%q and %q: joined is %d, continues %t", before, r, joined(before, r), continues(before, r))
			}
		}
	}
}
