package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.process.Debugging;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Every setting there is. Options, environment variables, the configuration file, the reference
 * page, the checks of the wire records and the messages about a run's settings all come from here.
 */
public final class Catalogue {

    /** Read by every command that talks to a broker. */
    public static final List<Setting<?>> CLIENT = List.copyOf(ClientCatalogue.all());

    /** Read by every process that runs for long. */
    public static final List<Setting<?>> PROCESS = List.copyOf(ProcessCatalogue.all());

    /** Written into the run's first record. */
    public static final List<Setting<?>> FIXED_AT_CREATION =
            concat(List.of(RunCatalogue.all(), FleetCatalogue.all()));

    public static final List<Setting<?>> ALL = concat(List.of(
            CLIENT, PROCESS, FIXED_AT_CREATION, CoordinatorCatalogue.all(), WorkerCatalogue.all()));

    /** Read by a coordinator. */
    public static final List<Setting<?>> COORDINATOR =
            concat(List.of(CLIENT, PROCESS, FIXED_AT_CREATION, CoordinatorCatalogue.all()));

    /** Read by a worker; what else the run is it learns from Kafka. */
    public static final List<Setting<?>> WORKER =
            concat(List.of(CLIENT, PROCESS, List.of(RunCatalogue.MODEL), WorkerCatalogue.all()));

    private static final int FAR = 3;

    /** Read by the launcher, by scripts, and by every program. */
    private static final Set<String> NOT_SETTINGS =
            Set.of(Debugging.VARIABLE, "PLIMSOLL_HOME", "PLIMSOLL_REHEARSAL");

    /** Kubernetes gives them to a pod for each service whose name begins with plimsoll. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_(TCP|UDP|SCTP).*)");

    private Catalogue() {}

    public static Optional<Setting<?>> named(String name) {
        return ALL.stream()
                .filter(setting -> setting.name().equals(name))
                .<Setting<?>>map(setting -> setting)
                .findFirst();
    }

    /** Whether processes of ours read a setting, of theirs or of Kafka's, from this variable. */
    public static boolean isVariable(String name) {
        return name.startsWith(Setting.PREFIX) && !name.equals(Debugging.VARIABLE)
                || name.equals(ClientCatalogue.BOOTSTRAP_VARIABLE);
    }

    /**
     * What is wrong with a variable that looks like a setting's and is none, as one sentence: a
     * misspelt one would be without effect.
     */
    static Optional<String> problemOfVariable(String name) {
        if (!name.startsWith(Setting.PREFIX)
                || name.startsWith(ClientCatalogue.KAFKA_VARIABLES)
                || NOT_SETTINGS.contains(name)
                || SERVICE_LINK.matcher(name).matches()
                || ALL.stream().anyMatch(setting -> setting.variable().equals(name))) {
            return Optional.empty();
        }
        String sentence = "no setting is read from the variable " + name;
        return Optional.of(nearest(
                        name.substring(Setting.PREFIX.length()),
                        ALL.stream().map(Setting::name).toList())
                .flatMap(Catalogue::named)
                .map(near -> sentence + "; did you mean " + near.variable() + "?")
                .orElse(sentence + "; unset it, or see `plimsoll settings` for those that are"));
    }

    /** What to tell somebody who gave a setting that does not exist, as one sentence. */
    static String noSuchSetting(String name) {
        String sentence = "there is no setting '" + name + "'";
        return nearest(name, ALL.stream().map(Setting::name).toList())
                .map(near -> sentence + "; did you mean " + near + "?")
                .orElse(sentence + "; `plimsoll settings` lists all of them");
    }

    private static Optional<String> nearest(String name, Collection<String> names) {
        String wanted = name.replace('_', '-').toLowerCase(java.util.Locale.ROOT);
        return names.stream()
                .min(Comparator.comparingInt(known -> distance(wanted, known)))
                .filter(known -> distance(wanted, known) <= Math.max(FAR, known.length() / 2));
    }

    /** How many letters must be inserted, removed or replaced (Levenshtein 1966). */
    private static int distance(String from, String to) {
        int[] costs = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            costs[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = costs[0];
            costs[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = costs[j];
                costs[j] = Math.min(replaced, 1 + Math.min(costs[j], costs[j - 1]));
            }
        }
        return costs[to.length()];
    }

    private static List<Setting<?>> concat(List<List<Setting<?>>> lists) {
        return lists.stream().<Setting<?>>flatMap(List::stream).toList();
    }
}
