package dev.plimsoll.cli.topics;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The runs of a broker, by the names of its topics: a run's coordinator makes all its topics, and
 * who may look at a run sees at least these two.
 */
public final class RunPrefixes {

    private static final String JOURNAL = ".journal";

    private RunPrefixes() {}

    /**
     * The prefixes that have a run.
     *
     * @param names all topics of the broker
     */
    public static Set<String> among(Set<String> names) {
        return names.stream()
                .filter(name -> name.endsWith(JOURNAL))
                .map(name -> name.substring(0, name.length() - JOURNAL.length()))
                .filter(prefix -> names.contains(prefix + ".steps"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
