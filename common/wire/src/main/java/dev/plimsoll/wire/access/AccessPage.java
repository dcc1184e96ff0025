package dev.plimsoll.wire.access;

import dev.plimsoll.wire.Topics;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The reference page of what each party needs to be allowed, in Markdown. */
public final class AccessPage {

    private static final String HEAD = """
            # Access

            This page is written by `./plimsoll access > docs/ACCESS.md`. A test compares it with
            the table in the code, and another one runs a fleet on a broker that allows each party
            this and nothing else ([ACCESS-REFUSALS.md](ACCESS-REFUSALS.md) has what each one says
            when a right is missing). `RUN` stands for the run's prefix. A name with a star means
            every name that begins so; all others are literal.

            `plimsoll access PARTY --prefix RUN --user NAME` prints the commands of Kafka that
            allow it. READ, WRITE and DELETE imply DESCRIBE. CREATE is needed only where the topics
            are not made beforehand. Nobody needs a right to the cluster. Who deletes runs
            (`plimsoll runs delete`), forgets samples (`plimsoll forget`) or changes topics
            administers the broker, and is trusted with everything.
            """;

    private AccessPage() {}

    public static String markdown() {
        StringBuilder page = new StringBuilder(HEAD);
        Map<Party, List<Grant>> table = Access.of(new Topics("RUN"));
        table.forEach((party, grants) -> {
            page.append("\n## ").append(party.title()).append("\n\n");
            page.append("This is ").append(party.meaning()).append(".\n\n");
            page.append("| resource | operations |\n|---|---|\n");
            for (Grant grant : grants) {
                page.append("| ")
                        .append(grant.kind().words())
                        .append(" `")
                        .append(grant.name())
                        .append(grant.prefixed() ? "*` | " : "` | ")
                        .append(grant.operations().stream()
                                .map(Operation::name)
                                .collect(Collectors.joining(", ")))
                        .append(" |\n");
            }
        });
        return page.toString();
    }

    /** Commands that allow the user what the party needs. */
    public static List<String> commands(Topics topics, Party party, String user) {
        return Access.of(topics).get(party).stream()
                .map(grant -> "kafka-acls.sh --bootstrap-server \"$BROKER\""
                        + " --command-config admin.properties --add --allow-principal 'User:"
                        + user + "'"
                        + grant.operations().stream()
                                .map(operation -> " --operation " + operation)
                                .collect(Collectors.joining())
                        + switch (grant.kind()) {
                            case TOPIC -> " --topic ";
                            case GROUP -> " --group ";
                            case TRANSACTIONAL_ID -> " --transactional-id ";
                        }
                        + grant.name()
                        + (grant.prefixed() ? " --resource-pattern-type prefixed" : ""))
                .toList();
    }
}
