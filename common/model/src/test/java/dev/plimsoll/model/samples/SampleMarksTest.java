package dev.plimsoll.model.samples;

import static dev.plimsoll.model.samples.Parsed.lines;
import static dev.plimsoll.model.samples.Parsed.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sample says about its training is honoured or refused by name. */
class SampleMarksTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'weight':0",
                "'weight':0.0",
                "'weight':false",
                "'weight':'0'",
                "'train':false",
                "'train':0",
                "'use_for_training':false",
                "'loss_weight':0",
                "'loss':false",
                "'masked':true",
                "'trainable':false",
                "'weight':1,'train':false",
                "'train':'False'"
            })
    void anAssistantsTurnMayBeLeftUntrained(String mark) {
        assertThat(lines("{'messages':[{'role':'assistant','content':'a'," + mark
                        + "},{'role':'assistant','content':'b'}]}"))
                .isEqualTo("assistant: a / assistant*: b");
        assertThat(lines("{'conversations':[{'from':'gpt','value':'a'," + mark
                        + "},{'from':'gpt','value':'b'}]}"))
                .isEqualTo("assistant: a / assistant*: b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'weight':1",
                "'weight':1.0",
                "'weight':true",
                "'train':true",
                "'loss':0.37",
                "'masked':false",
                "'weight':null",
                "'weight':''",
                "'train_detail':[]"
            })
    void orTrainedAsUsual(String mark) {
        assertThat(lines("{'messages':[{'role':'assistant','content':'a'," + mark + "}]}"))
                .isEqualTo("assistant*: a");
        assertThat(outcome("{'text':'t'," + mark + "}")).isInstanceOf(ParsedSample.Text.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'weight':0", "'train':false", "'loss_weight':0.0", "'masked':true"})
    void theUsersTurnsAreUntrainedAnyway(String mark) {
        assertThat(lines("{'messages':[{'role':'user','content':'u'," + mark
                        + "},{'role':'assistant','content':'b'}]}"))
                .isEqualTo("user: u / assistant*: b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'weight':0",
                "'train':false",
                "'train':'false'",
                "'loss_weight':0",
                "'sample_weight':0",
                "'masked':true"
            })
    void aSampleThatSaysSoIsNotTrained(String mark) {
        for (String sample : new String[] {"'text':'t'", "'prompt':'p','completion':'c'"}) {
            Parsed.assertRefused(
                    "{" + sample + "," + mark + "}",
                    RejectionReason.NOTHING_TO_TRAIN,
                    "the sample says of itself that it is not to be trained");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'text':'t','weight':0.5}                  | BAD_FIELD | field weight is the number 0.5; what is trained weighs the same
            {'text':'t','weight':'high'}               | BAD_FIELD | field weight is 'high'
            {'text':'t','loss_weight':2}               | BAD_FIELD | field loss_weight is the number 2
            {'text':'t','train':'maybe'}               | BAD_FIELD | field train is 'maybe'; give true or false
            {'train':[{'text':'x'}]}                   | BAD_FIELD | field train is a list of objects; if they are the samples: samples are one a line, and here they lie under train; write each on a line
            {'train':[{'text':'x'}],'test':[]}         | BAD_FIELD | field train is a list of objects
            {'text':'t','train':[1]}                   | BAD_FIELD | field train is a list; give true or false
            {'messages':[{'role':'assistant','content':'a','train':[{}]}]} | BAD_FIELD | messages[0].train is a list; give true or false
            {'text':'t','train_on_inputs':true}        | BAD_FIELD | field train_on_inputs is true, and here it is always false
            {'text':'t','completion_only_loss':false}  | BAD_FIELD | field completion_only_loss is false, and here it is always true
            {'text':'t','labels':[-100,5]}             | BAD_FIELD | field labels is a mask over tokens
            {'input_ids':[1,2]}                        | UNKNOWN_SHAPE | [input_ids]
            {'text':'t','images':['a.png']}            | BAD_FIELD | field images is given, and only text
            {'messages':[{'role':'assistant','content':'a'}],'mask':'Assistant'} | BAD_FIELD | field mask is 'Assistant'
            {'messages':[{'role':'assistant','content':'a','weight':0.3}]} | BAD_FIELD | messages[0].weight is the number 0.3
            {'messages':[{'role':'assistant','content':'a','weight':0}]} | NOTHING_TO_TRAIN | every assistant's turn
            {'messages':[{'role':'assistant','content':'a','train_detail':[{}]}]} | BAD_FIELD | messages[0].train_detail
            {'messages':[{'role':'user','content':'u','weight':1},{'role':'assistant','content':'a'}]} | BAD_FIELD | messages[0] is of role user and says that it is trained
            {'conversations':[{'from':'human','value':'u','train':true},{'from':'gpt','value':'a'}]} | BAD_FIELD | conversations[0] is of human and says
            {'prompt':'p','chosen':'c','rejected':'r'} | UNKNOWN_SHAPE | field rejected says that this is preference data (DPO
            {'chosen':'c'}                             | UNKNOWN_SHAPE | --map completion=chosen
            {'messages':[],'rejected':'r'}             | UNKNOWN_SHAPE | preference data
            {'prompt':'p','completion':'c','label':true}  | BAD_FIELD | field label is true, so this is preference data (KTO)
            {'prompt':'p','completion':'c','label':false} | BAD_FIELD | field label is false, so the answer is one to be avoided
            {'prompt':'p','completion':'c','label':0}     | BAD_FIELD | field label is false
            {'prompt':'p','completion':'c','label':'True'}| BAD_FIELD | field label is true
            {'messages':[{'role':'assistant','content':'a'}],'label':false} | BAD_FIELD | to be avoided
            {'conversations':[{'from':'gpt','value':'a'}],'kto_tag':1} | BAD_FIELD | field kto_tag is true
            """)
    void whatCannotBeHonouredIsRefusedByName(String json, RejectionReason reason, String note) {
        Parsed.assertRefused(json, reason, note);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'label':3", "'label':'positive'", "'label':null", "'rejected':null", "'images':[]",
                "'images':null", "'labels':null", "'input_ids':[1]", "'score':NaN", "'deep':[[{}]]",
                "'train_on_inputs':false", "'x':'\\ud800'", "'split':'train'", "'n':1e999",
                        "'mask':'All'"
            })
    void whatSaysNothingIsLeftAlone(String field) {
        assertThat(outcome("{'text':'t'," + field + "}")).isInstanceOf(ParsedSample.Text.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"User", "user", "human", ""})
    void aMaskOfTheUsersIsOurs(String mask) {
        assertThat(lines("{'conversations':[{'from':'gpt','value':'a'}],'mask':'" + mask + "'}"))
                .isEqualTo("assistant*: a");
    }
}
