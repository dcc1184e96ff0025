package dev.plimsoll.model.jinja.value;

import java.util.ArrayList;
import java.util.List;

/** What {@code keys}, {@code values} and {@code items} of a dictionary give. */
public record DictView(Dict dict, Part part) {

    /** Which of them. */
    public enum Part {
        KEYS,
        VALUES,
        ITEMS
    }

    public List<Object> items() {
        List<Object> all = new ArrayList<>(dict.size());
        for (Dict.Entry entry : dict.entries()) {
            all.add(
                    switch (part) {
                        case KEYS -> entry.key();
                        case VALUES -> entry.value();
                        case ITEMS -> Seq.tuple(entry.key(), entry.value());
                    });
        }
        return all;
    }
}
