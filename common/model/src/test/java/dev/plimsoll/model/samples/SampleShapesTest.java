package dev.plimsoll.model.samples;

import static dev.plimsoll.model.samples.Parsed.conversation;
import static dev.plimsoll.model.samples.Parsed.lines;
import static dev.plimsoll.model.samples.Parsed.outcome;
import static dev.plimsoll.model.samples.Parsed.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.QuestionAnswer;
import dev.plimsoll.model.samples.ParsedSample.Segments;
import dev.plimsoll.model.samples.ParsedSample.Segments.Segment;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What people have, and what becomes of it. */
class SampleShapesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'messages':[{'role':'system','content':'s'},{'role':'user','content':'u'},{'role':'assistant','content':'a'}]} | system: s / user: u / assistant*: a
            {'messages':[{'role':'developer','content':'d'},{'role':'user','content':'u'},{'role':'assistant','content':'a'}]} | developer: d / user: u / assistant*: a
            {'messages':[{'role':'user','content':[{'type':'text','text':'one '},{'type':'text','text':'two'}]},{'role':'assistant','content':[{'type':'text','text':'a'}]}]} | user: one two / assistant*: a
            {'messages':[{'role':'user','content':[]},{'role':'assistant','content':'a'}]} | user:  / assistant*: a
            {'system':'s','messages':[{'role':'user','content':'u'},{'role':'assistant','content':'a'}]} | system: s / user: u / assistant*: a
            {'system':'s','messages':[{'role':'system','content':'s'},{'role':'assistant','content':'a'}]} | system: s / assistant*: a
            {'messages':[{'from':'human','value':'u'},{'from':'gpt','value':'a'}]} | user: u / assistant*: a
            {'messages':`'[{\\'role\\':\\'user\\',\\'content\\':\\'u\\'},{\\'role\\':\\'assistant\\',\\'content\\':\\'a\\'}]'`} | user: u / assistant*: a
            {'conversations':[{'from':'system','value':'s'},{'from':'human','value':'u'},{'from':'gpt','value':'a'},{'from':'user','value':'v'},{'from':'assistant','value':'b'}]} | system: s / user: u / assistant*: a / user: v / assistant*: b
            {'conversations':[{'from':'human','value':'u'},{'from':'gpt','value':'a'}],'system':'s'} | system: s / user: u / assistant*: a
            {'conversations':[{'from':'human','value':'u'},{'from':'observation','value':'o'},{'from':'gpt','value':'a'}]} | user: u / tool: o / assistant*: a
            {'conversations':[{'from':'human','value':'u'},{'from':'gpt','value':'a','weight':0},{'from':'human','value':'v'},{'from':'gpt','value':'b','weight':1}]} | user: u / assistant: a / user: v / assistant*: b
            {'conversations':[{'role':'user','content':'u'},{'role':'assistant','content':'a'}]} | user: u / assistant*: a
            {'conversation':[{'role':'user','content':'u'},{'role':'assistant','content':'a'}]} | user: u / assistant*: a
            {'instruction':'i','input':'','output':'o'} | user: i / assistant*: o
            {'instruction':'i','input':'x','output':'o'} | user: i\\nx / assistant*: o
            {'instruction':'i','input':null,'output':'o','system':'s'} | system: s / user: i / assistant*: o
            {'instruction':'i','output':'o','system':'','history':[]} | user: i / assistant*: o
            {'instruction':'i','output':'o','history':[['q1','a1'],['q2','a2']],'system':'s'} | system: s / user: q1 / assistant*: a1 / user: q2 / assistant*: a2 / user: i / assistant*: o
            {'instruction':'i','context':'x','response':'o'} | user: i\\nx / assistant*: o
            {'instruction':'i','context':'','response':'o','category':'qa'} | user: i / assistant*: o
            {'input':'i','output':'o'} | user: i / assistant*: o
            {'prompt':[{'role':'user','content':'u'},{'role':'assistant','content':'a'},{'role':'user','content':'v'}],'completion':[{'role':'assistant','content':'b'}]} | user: u / assistant: a / user: v / assistant*: b
            {'question':'q','answer':'a','system':'s'} | system: s / user: q / assistant*: a
            {'system_prompt':'s','question':'q','answer':'a'} | system: s / user: q / assistant*: a
            """)
    void becomesAConversation(String json, String lines) {
        assertThat(lines(json.replace("`", ""))).isEqualTo(lines.replace("\\n", "\n"));
    }

    @Test
    void becomesTwoStrings() {
        assertThat(outcome("{'prompt':'p','completion':'c','label':'neutral'}"))
                .isEqualTo(new Completion(Optional.empty(), "p", "c"));
        assertThat(outcome("{'segments':[{'label':false,'text':'<s>A'},{'label':false,'text':'B'},"
                        + "{'label':true,'text':'C'},{'label':true,'text':'D'}]}"))
                .isEqualTo(new Completion(Optional.empty(), "<s>AB", "CD"));
        assertThat(outcome("{'segments':[{'label':true,'text':'A'},{'label':true,'text':'B'},"
                        + "{'label':false,'text':''},{'label':false,'text':'C'},"
                        + "{'label':true,'text':'D'}]}"))
                .isEqualTo(new Segments(
                        Optional.empty(),
                        List.of(
                                new Segment("AB", true),
                                new Segment("C", false),
                                new Segment("D", true))));
        assertThat(outcome("{'question':'q','answer':'a','system':null,'tools':[]}"))
                .isEqualTo(new QuestionAnswer(Optional.empty(), "q", "a"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'messages':[],'text':'t'}                                    | messages
            {'conversations':[],'instruction':'i','output':'o'}           | sharegpt
            {'instruction':'i','input':'x','output':'o','text':'whole'}   | alpaca
            {'instruction':'i','output':'o','prompt':'whole'}             | alpaca
            {'prompt':'p','completion':'c','instruction':'i','output':'o'}| prompt-completion
            {'prompt':'p','text':'t'}                                     | prompt-completion
            {'question':'q','answer':'a','text':'t'}                      | question-answer
            {'messages':null,'text':'t'}                                  | text
            {'messages':null}                                             | messages
            {'segments':[]}                                               | segments
            {'completion':null,'text':'t'}                                | text
            """)
    void isOfTheFirstShapeThatIsThereAsAWhole(String json, String shape) {
        assertThat(read(json).shape().orElseThrow().word()).isEqualTo(shape);
    }

    @Test
    void hasNoShape() {
        assertThat(read("{'a':1}").shape()).isEmpty();
        assertThat(read("[1]").shape()).isEmpty();
        assertThat(read("x").shape()).isEmpty();
    }

    @Test
    void saysWhichFieldsWereLeftAlone() {
        assertThat(read("{'id':1,'prompt':'p','source':'x','completion':'c','score':NaN,"
                                + "'label':'good','weight':1}")
                        .leftAlone())
                .containsExactly("source", "score", "label");
        assertThat(read("{'instruction':'i','output':'o','text':'io'}").leftAlone())
                .containsExactly("text");
    }

    @Test
    void callsAndToolsAreKeptAsGiven() {
        ParsedSample.Conversation sample = conversation("""
                {'messages':[
                 {'role':'user','content':'Weather?','name':'ann'},
                 {'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',
                   'function':{'name':'w','arguments':'{}'}}],'reasoning_content':'hm'},
                 {'role':'tool','tool_call_id':'c1','content':'sunny'},
                 {'role':'assistant','content':'Sunny.','thinking':'ok','tool_calls':null,
                  'function_call':null}],
                 'tools':[{'type':'function','function':{'name':'w','parameters':{'n':1.50}}}],
                 'documents':[{'title':'d'}],
                 'chat_template_kwargs':{'enable_thinking':false,'k':12345678901234567890}}
                """);
        assertThat(sample.messages().get(0).fields())
                .isEqualTo(Map.of("role", "user", "content", "Weather?", "name", "ann"));
        Map<String, Object> call = sample.messages().get(1).fields();
        assertThat(call.keySet())
                .containsExactly("role", "content", "tool_calls", "reasoning_content");
        assertThat(call.get("content")).isNull();
        assertThat(call.get("tool_calls"))
                .isEqualTo(List.of(Map.of(
                        "id", "c1",
                        "type", "function",
                        "function", Map.of("name", "w", "arguments", "{}"))));
        assertThat(sample.messages().get(2).fields())
                .isEqualTo(Map.of("role", "tool", "tool_call_id", "c1", "content", "sunny"));
        assertThat(sample.messages().get(3).fields())
                .isEqualTo(Map.of("role", "assistant", "content", "Sunny.", "thinking", "ok"));
        assertThat(sample.messages())
                .extracting(ParsedSample.Message::trained)
                .containsExactly(false, true, false, true);
        assertThat(sample.variables().toString())
                .isEqualTo("{tools=[{type=function, function={name=w, parameters={n=1.5}}}],"
                        + " documents=[{title=d}], enable_thinking=false,"
                        + " k=12345678901234567890}");
    }

    @Test
    void toolsMayStandAsJsonInAString() {
        String turns = "'messages':[{'role':'assistant','content':'a'}]";
        Map<String, Object> tools = Map.of("tools", List.of(Map.of("name", "w")));
        assertThat(conversation("{" + turns + ",'tools':[{'name':'w'}]}").variables())
                .isEqualTo(tools);
        assertThat(conversation("{" + turns + ",'tools':'[{\\'name\\':\\'w\\'}]'}")
                        .variables())
                .isEqualTo(tools);
        assertThat(conversation("{" + turns + ",'tools':[]}").variables()).isEmpty();
        assertThat(conversation("{" + turns + ",'tools':'[]'}").variables()).isEmpty();
        assertThat(conversation("{" + turns + ",'tools':null}").variables()).isEmpty();
    }

    @Test
    void aShareGptCallBecomesACall() {
        List<ParsedSample.Message> messages = conversation("""
                {'conversations':[{'from':'human','value':'u'},
                 {'from':'function_call','value':'{\\'name\\':\\'w\\',\\'arguments\\':{\\'c\\':1}}'},
                 {'from':'observation','value':'o'},{'from':'gpt','value':'a'}],
                 'tools':'[{\\'name\\':\\'w\\'}]'}
                """).messages();
        ParsedSample.Message call = messages.get(1);
        assertThat(call.role()).isEqualTo("assistant");
        assertThat(call.trained()).isTrue();
        assertThat(call.fields().get("content")).isNull();
        assertThat(call.fields().get("tool_calls"))
                .isEqualTo(List.of(Map.of(
                        "type",
                        "function",
                        "function",
                        Map.of("name", "w", "arguments", Map.of("c", 1L)))));
        assertThat(messages.get(2).role()).isEqualTo("tool");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'messages':[{'role':'user','content':[{'type':'image_url','image_url':{}}]},{'role':'assistant','content':'a'}]} | BAD_FIELD | messages[0].content[0].type is 'image_url', and only text
            {'messages':[{'role':'user','content':['x']},{'role':'assistant','content':'a'}]} | BAD_FIELD | messages[0].content[0] is a string
            {'messages':[{'role':'user','content':[{'type':'text'}]},{'role':'assistant','content':'a'}]} | BAD_FIELD | messages[0].content[0].text is null
            {'messages':[{'role':'user','content':null},{'role':'assistant','content':'a'}]} | BAD_FIELD | messages[0].content is null
            {'messages':[{'role':'assistant','content':null}]} | BAD_FIELD | messages[0].content is null
            {'messages':[{'role':'assistant','content':{}}]} | BAD_FIELD | messages[0].content is an object
            {'messages':[{'role':'user','content':'u','tool_calls':[{}]},{'role':'assistant','content':'a'}]} | BAD_FIELD | messages[0].tool_calls is given and the role is user
            {'messages':[{'role':'assistant','content':null,'tool_calls':[1]}]} | BAD_FIELD | messages[0].tool_calls is a list; give a list of
            {'messages':[{'role':'assistant','content':null,'function_call':{'name':'f'}}]} | BAD_FIELD | messages[0].function_call is an older form
            {'messages':[{'role':'assistant','content':'\\ud800'}]} | BAD_FIELD | half of a surrogate pair
            {'messages':[{'role':'assistant','content':'a','x':[{'y':'\\udc00'}]}]} | BAD_FIELD | messages[0] holds half of a surrogate pair
            {'messages':[{'role':'assistant','content':'a','x':NaN}]} | BAD_FIELD | messages[0] is NaN
            {'messages':[{'role':'assistant','content':'a'},{'role':'tool','content':'t'}]} | BAD_FIELD | the last message is of role tool
            {'messages':[{'role':'assistant','content':'a'}],'tools':'x'} | BAD_FIELD | field tools is a string; give a list of objects
            {'messages':[{'role':'assistant','content':'a'}],'tools':[1]} | BAD_FIELD | field tools is a list of other things than objects
            {'messages':[{'role':'assistant','content':'a'}],'functions':[{}]} | BAD_FIELD | field functions is an older form of tools
            {'messages':[{'role':'assistant','content':'a'}],'chat_template_kwargs':[1]} | BAD_FIELD | chat_template_kwargs is a list
            {'messages':[{'role':'assistant','content':'a'}],'chat_template_kwargs':{'messages':1}} | BAD_FIELD | gives 'messages', which
            {'messages':[{'role':'system','content':'s'},{'role':'assistant','content':'a'}],'system':'t'} | BAD_FIELD | field system is a system text, and there is another
            {'messages':[{'role':'assistant','content':'a'}],'enable_thinking':true} | BAD_FIELD | give it as chat_template_kwargs
            {'conversations':[{'from':'alice','value':'u'}]} | BAD_FIELD | conversations[0].from is 'alice'; use one of [assistant, chatgpt, function_call
            {'conversations':[{'value':'u'}]} | BAD_FIELD | conversations[0].from is missing
            {'conversations':[{'from':'gpt'}]} | BAD_FIELD | conversations[0].value is missing
            {'conversations':[{'from':'gpt','value':' '}]} | NOTHING_TO_TRAIN | conversations[0] is an assistant's turn without text
            {'conversations':[{'from':'function_call','value':'w()'}]} | BAD_FIELD | conversations[0].value should be a call as JSON
            {'conversations':[{'from':'function_call','value':'{}'}]} | BAD_FIELD | conversations[0].value holds an object; give {"name"
            {'conversations':[{'from':'function_call','value':'[]'}]} | BAD_FIELD | conversations[0].value is a list without a call
            {'conversations':[{'from':'gpt','value':'a'},{'from':'human','value':'u'}]} | BAD_FIELD | the last message is of role user
            {'conversations':'x'} | BAD_FIELD | field conversations is a string; give a list of {"from"
            {'instruction':'','input':' ','output':'o'} | BAD_FIELD | fields instruction and input are empty
            {'instruction':'i','output':''} | NOTHING_TO_TRAIN | field output is empty
            {'instruction':'i'} | BAD_FIELD | field output is missing; give a string, or say where it stands: --map output=NAME
            {'instruction':'i','output':['a','b']} | BAD_FIELD | field output is a list of 2 answers
            {'instruction':'i','output':'o','history':[['q']]} | BAD_FIELD | history[0] is a list; give two strings
            {'instruction':'i','output':'o','history':[['q',' ']]} | NOTHING_TO_TRAIN | history[0] has no answer
            {'prompt':[],'completion':'c'} | BAD_FIELD | field prompt is a list and field completion is a string
            {'prompt':'p','completion':[{'role':'assistant','content':'a'}]} | BAD_FIELD | give two strings or two lists
            {'prompt':[{'role':'user','content':'u'}],'completion':[]} | NOTHING_TO_TRAIN | none of the 0 messages is the assistant's
            {'prompt':'p','response':'r'} | BAD_FIELD | --map completion=response to train it right after the prompt
            {'prompt':'p','completion':'c','system':'s'} | BAD_FIELD | field system is given, and prompt and completion are trained as they are
            {'prompt':'p','completion':'c','tools':[{}]} | BAD_FIELD | field tools is given
            {'segments':[{'text':'a'}]} | BAD_FIELD | segments[0] is an object
            {'segments':[{'text':'a','label':false}]} | NOTHING_TO_TRAIN | none of the 1 segments has label true
            {'data':[{'text':'a'}]} | UNKNOWN_SHAPE | (field data is a list: if it holds the samples, give it as a file
            [{'role':'user'}] | UNKNOWN_SHAPE | this is a list; give {"messages"
            """)
    void refusesWithReasonValueAndRemedy(String json, RejectionReason reason, String note) {
        Parsed.assertRefused(json, reason, note);
    }

    @Test
    void shapesAndFieldsAreNamed() {
        List<String> names = new ArrayList<>(SampleShape.fields());
        assertThat(names).isSorted().contains("prompt", "conversations", "id");
        assertThat(Arrays.stream(SampleShape.values()).map(SampleShape::word).toList())
                .containsExactly(
                        "messages",
                        "sharegpt",
                        "prompt-completion",
                        "alpaca",
                        "question-answer",
                        "segments",
                        "text");
    }
}
