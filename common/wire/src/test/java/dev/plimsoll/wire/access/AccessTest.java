package dev.plimsoll.wire.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Grant.Kind;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

class AccessTest {

    private static final Path PAGE = Path.of("../../docs/ACCESS.md");

    private final Topics topics = new Topics("run");

    @Test
    void thePageIsThatOfTheTable() {
        assertThat(PAGE)
                .as("run `./plimsoll access > docs/ACCESS.md` to write the page anew")
                .hasContent(AccessPage.markdown());
    }

    @Test
    void everyPartyHasRightsUnderTheRunsPrefixAlone() {
        assertThat(Access.of(topics)).containsOnlyKeys(Party.values());
        Access.of(topics).values().stream().flatMap(List::stream).forEach(grant -> {
            assertThat(grant.name()).startsWith("run");
            assertThat(grant.kind() == Kind.TOPIC && grant.prefixed()).isFalse();
        });
    }

    @Test
    void aCoordinatorCreatesEveryTopic() {
        Set<String> created = Access.of(topics).get(Party.COORDINATOR).stream()
                .filter(grant -> grant.operations().contains(Operation.CREATE))
                .map(Grant::name)
                .collect(Collectors.toSet());
        assertThat(created)
                .isEqualTo(topics.specs(1, 1).stream()
                        .map(Topics.Spec::name)
                        .collect(Collectors.toSet()));
    }

    @Test
    void whoMayNotIsKeptOut() {
        assertThat(mayWrite(topics.commands())).containsExactly(Party.COORDINATOR);
        assertThat(mayWrite(topics.journal())).containsExactly(Party.COORDINATOR);
        assertThat(mayWrite(topics.control())).containsExactly(Party.COORDINATOR, Party.OPERATOR);
        assertThat(mayWrite(topics.samples())).containsExactly(Party.COORDINATOR, Party.PRODUCER);
        assertThat(mayWrite(topics.adapter())).containsExactly(Party.PARAMETERS);
        assertThat(mayRead(topics.samples())).containsExactly(Party.COORDINATOR, Party.AUDIT);
        assertThat(mayRead(topics.rejected())).containsExactly(Party.COORDINATOR, Party.AUDIT);
    }

    private List<Party> mayWrite(String topic) {
        return may(topic, Operation.WRITE);
    }

    private List<Party> mayRead(String topic) {
        return may(topic, Operation.READ);
    }

    private List<Party> may(String topic, Operation operation) {
        return Arrays.stream(Party.values())
                .filter(party -> Access.of(topics).get(party).stream()
                        .anyMatch(grant -> grant.name().equals(topic)
                                && grant.operations().contains(operation)))
                .toList();
    }

    @Test
    void theCommandsAllowJustThat() {
        assertThat(AccessPage.commands(topics, Party.PRODUCER, "anna"))
                .singleElement()
                .asString()
                .endsWith("--allow-principal 'User:anna' --operation WRITE --topic run.samples");
        assertThat(AccessPage.commands(topics, Party.PARAMETERS, "p"))
                .contains("kafka-acls.sh --bootstrap-server \"$BROKER\" --command-config"
                        + " admin.properties --add --allow-principal 'User:p' --operation WRITE"
                        + " --transactional-id run-shard- --resource-pattern-type prefixed");
    }

    @Test
    void aRefusalNamesResourceOperationAndParty() {
        Grant grant = Grant.topic("run.commands", Operation.WRITE);
        assertThat(grant.refusal(Party.COORDINATOR, Operation.WRITE))
                .isEqualTo("the broker does not let this user write to topic run.commands, which "
                        + "the party coordinator needs; allow WRITE on it "
                        + "(`plimsoll access coordinator` lists what is needed)");
    }
}
