package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.k8s.KafkaUsers.Right;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Access;
import dev.plimsoll.wire.access.Grant;
import dev.plimsoll.wire.access.Operation;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The users of the manifests have the rights that the programs need, and no other. */
class AccessTest {

    private static final Topics TOPICS = new Topics("plimsoll");

    @ParameterizedTest
    @ValueSource(strings = {"strimzi", "strimzi-scram"})
    void eachUserMayDoWhatItsPartyNeeds(String overlay) {
        SortedSet<Right> needed = new TreeSet<>();
        Access.of(TOPICS)
                .forEach((party, grants) -> grants.forEach(grant -> grant.operations().stream()
                        // topics are manifests here
                        .filter(operation -> operation != Operation.CREATE)
                        .forEach(operation -> needed.add(right(
                                "plimsoll-" + party.name().toLowerCase(Locale.ROOT),
                                grant,
                                operation)))));
        assertThat(KafkaUsers.rights(Manifests.ofOverlay(overlay))).isEqualTo(needed);
    }

    @Test
    void operationsAreNamedAsStrimziNamesThem() {
        assertThat(named(Operation.DESCRIBE_CONFIGS)).isEqualTo("DescribeConfigs");
    }

    private static Right right(String user, Grant grant, Operation operation) {
        String resource = switch (grant.kind()) {
            case TOPIC -> "topic";
            case GROUP -> "group";
            case TRANSACTIONAL_ID -> "transactionalId";
        };
        String pattern = grant.prefixed() ? "prefix" : "literal";
        return new Right(user, resource, grant.name(), pattern, named(operation));
    }

    private static String named(Operation operation) {
        return Arrays.stream(operation.name().split("_"))
                .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining());
    }
}
