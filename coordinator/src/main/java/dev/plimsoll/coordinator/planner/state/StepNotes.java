package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import java.util.ArrayList;
import java.util.List;

/** What happened in a step besides training, for its line in the topic {@code steps}. Bounded. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class StepNotes {
    private static final int MAX_NOTES = 32;

    private final List<String> notes;
    private long unlisted;

    @JsonCreator
    StepNotes(@JsonProperty("notes") List<String> notes, @JsonProperty("unlisted") long unlisted) {
        this.notes = notes;
        this.unlisted = unlisted;
    }

    static StepNotes empty() {
        return new StepNotes(new ArrayList<>(), 0);
    }

    StepNotes copy() {
        return new StepNotes(new ArrayList<>(notes), unlisted);
    }

    void add(String note) {
        if (note.isEmpty()) {
            return;
        }
        if (notes.size() < MAX_NOTES) {
            notes.add(note);
        } else {
            unlisted++;
        }
    }

    public List<String> all() {
        List<String> all = new ArrayList<>(notes);
        if (unlisted > 0) {
            all.add("and " + unlisted + " more");
        }
        return all;
    }
}
