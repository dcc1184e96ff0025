package dev.plimsoll.model.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.ParsedSample.QuestionAnswer;
import dev.plimsoll.model.samples.ParsedSample.Text;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Optional;

class SampleParserTest {

    @Test
    void readsTheFourShapes() {
        assertThat(parse("{'messages':[{'role':'user','content':'hi'},"
                        + "{'role':'assistant','content':'ho'}]}"))
                .isEqualTo(new Conversation(
                        Optional.empty(),
                        List.of(new Message("user", "hi"), new Message("assistant", "ho"))));
        assertThat(parse("{'id':'a-1','prompt':'p','completion':'c','extra':[1]}"))
                .isEqualTo(new Completion(Optional.of("a-1"), "p", "c"));
        assertThat(parse("{'id':17,'question':'q','answer':'a'}"))
                .isEqualTo(new QuestionAnswer(Optional.of("17"), "q", "a"));
        assertThat(parse("{'text':'t','id':null}")).isEqualTo(new Text(Optional.empty(), "t"));
        assertThat(parse("{'prompt':'','completion':'c'}"))
                .isEqualTo(new Completion(Optional.empty(), "", "c"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'text': 'a'                              | NOT_JSON         | not JSON at column
            {'text':'a'} {'text':'b'}                 | NOT_JSON         | one JSON object per line
            {'text':'a','text':'b'}                   | NOT_JSON         | given twice
            hello                                     | NOT_JSON         | there is 'hello' where a value should be
            ['a']                                     | UNKNOWN_SHAPE    | this is a list
            {}                                        | UNKNOWN_SHAPE    | fields [] are none
            {'text':5}                                | BAD_FIELD        | field text is the number 5; give a string
            {'text':null}                             | BAD_FIELD        | field text is null
            {'text':' '}                              | NOTHING_TO_TRAIN | field text is empty
            {'prompt':'p'}                            | BAD_FIELD        | field completion is missing
            {'completion':'c'}                        | BAD_FIELD        | field prompt is missing
            {'prompt':['p'],'completion':'c'}         | BAD_FIELD        | field prompt is a list
            {'prompt':'p','completion':''}            | NOTHING_TO_TRAIN | field completion is empty
            {'question':'q','answer':true}            | BAD_FIELD        | field answer is true
            {'text':'t','id':{}}                      | BAD_FIELD        | field id is an object
            {'text':'t','id':''}                      | BAD_FIELD        | field id '' is not usable
            {'text':'t','id':1.5}                     | BAD_FIELD        | field id is the number 1.5
            {'text':'\\ud800'}                        | BAD_FIELD        | half of a surrogate pair
            {'messages':'hi'}                         | BAD_FIELD        | field messages is a string
            {'messages':[]}                           | NOTHING_TO_TRAIN | none of the 0 messages is the assistant's
            {'messages':['hi']}                       | BAD_FIELD        | messages[0] is a string
            {'messages':[{'role':'user'}]}            | BAD_FIELD        | messages[0].content is missing
            {'messages':[{'content':'x'}]}            | BAD_FIELD        | messages[0].role is missing
            {'messages':[{'role':'bot','content':''}]}        | BAD_FIELD        | messages[0].role is 'bot'; use one of [assistant, developer
            {'messages':[{'role':'user','content':'x'}]}      | NOTHING_TO_TRAIN | none of the 1 messages
            {'messages':[{'role':'assistant','content':' '}]} | NOTHING_TO_TRAIN | messages[0] is an assistant's turn without
            {'messages':[{'role':'assistant','content':'x'},{'role':'user','content':'y'}]} | BAD_FIELD | the last message is of role user
            """)
    void refusesWithReasonValueAndRemedy(String json, RejectionReason reason, String note) {
        ParseOutcome outcome = parse(json);
        assertThat(outcome).isInstanceOfSatisfying(SampleRefusal.class, refusal -> {
            assertThat(refusal.reason()).isEqualTo(reason);
            assertThat(refusal.note()).contains(note);
        });
    }

    @Test
    void bytesThatAreNoUtf8AreNoJson() {
        byte[] record = "{\"text\":\"x\"}".getBytes(UTF_8);
        record[9] = (byte) 0xff;
        assertThat(SampleParser.parse(record))
                .isInstanceOfSatisfying(
                        SampleRefusal.class,
                        r -> assertThat(r.reason()).isEqualTo(RejectionReason.NOT_JSON));
    }

    private static ParseOutcome parse(String json) {
        return SampleParser.parse(json.replace('\'', '"').getBytes(UTF_8));
    }
}
