package matrix

import (
	"example.com/skala/infra/crash/world"
)

// Starts are the starts of the functions: a cold process that can't be put together
// is tried again with the next event, and loses nothing.
func Starts() []Step {
	var all []Step
	for _, id := range world.Functions() {
		all = append(all, Step{Name: "start " + id, In: id, Setup: opened(world.Line, critical), Act: func(r *Run) (bool, error) {
			return r.World.StartCold(r.Ctx, id) == nil, nil
		}})
	}
	return all
}
