using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>Reads one spec file. The grammar stands in protocol-specs/README.md.</summary>
internal sealed class SpecParser
{
    private const int SpacesPerLevel = 4;

    private readonly ErrorList _errors;
    private readonly List<MessageNode> _messages = [];

    /// <summary>The lists of fields that are open at the current line, outermost first; the last one takes the next field.</summary>
    private readonly List<List<FieldNode>> _open = [];

    private SpecLine? _apiLine;
    private int? _apiKey;
    private string? _apiName;

    private SpecParser(string path)
    {
        _errors = new ErrorList(path);
    }

    public static SpecFile Parse(string path, string text)
    {
        SpecParser parser = new(path);
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            SpecLine? line = SpecLine.Create(lines[i].TrimEnd('\r'), i);
            if (line is not null)
            {
                parser.ReadLine(line);
            }
        }

        List<MessageSpec> messages = parser.Check();
        return parser._errors.Errors.Count == 0
            ? new SpecFile(new(messages), new(parser._messages.Select(message => OriginOf(path, message))), default)
            : new SpecFile(default, default, new(parser._errors.Errors));
    }

    private static MessageOrigin OriginOf(string path, MessageNode message) =>
        new(message.Name.Text, path, message.Line.Number, message.Name.Column);

    private List<MessageSpec> Check()
    {
        List<MessageSpec> specs = [];
        MessageNode? response = _messages.FirstOrDefault(static message => message.Kind == MessageKind.Response);
        foreach (MessageNode message in _messages)
        {
            bool isApi = message.Kind is MessageKind.Request or MessageKind.Response;
            if (isApi && (_apiLine is null || response is null || !_messages.Any(static other => other.Kind == MessageKind.Request)))
            {
                _errors.Add(message.Line, "A request and its response stand together in one file, after a line 'api <key> <Name>'.");
            }

            specs.Add(new MessageChecker(_errors, message).Check(
                isApi ? _apiKey : null,
                isApi ? _apiName : null,
                message.Kind == MessageKind.Request ? response?.Name.Text : null));
        }

        foreach (IGrouping<string, MessageNode> same in _messages.GroupBy(static message => message.Name.Text).Where(static group => group.Count() > 1))
        {
            _errors.Add(same.Last().Line, same.Last().Name, $"The message {same.Key} is defined twice.");
        }

        return specs;
    }

    private void ReadLine(SpecLine line)
    {
        if (line.Indentation % SpacesPerLevel != 0)
        {
            _errors.Add(line, $"The line is indented by {line.Indentation} spaces; a level is {SpacesPerLevel}.");
            return;
        }

        int level = line.Indentation / SpacesPerLevel;
        if (level == 0)
        {
            ReadTopLine(line);
        }
        else if (_messages.Count == 0)
        {
            _errors.Add(line, "A field stands before the first message.");
        }
        else if (line.Tokens[0].Text == "struct")
        {
            ReadStruct(line, level);
        }
        else
        {
            ReadField(line, level);
        }
    }

    private void ReadTopLine(SpecLine line)
    {
        Token first = line.Tokens[0];
        if (first.Text == "api")
        {
            ReadApi(line);
        }
        else if (Words.TryKind(first.Text, out MessageKind kind))
        {
            _open.Clear();
            MessageNode? message = MessageLine.Read(line, kind, _errors);
            if (message is not null)
            {
                if (kind != MessageKind.Header && kind != MessageKind.Data && _messages.Any(other => other.Kind == kind))
                {
                    _errors.Add(line, first, $"The file has a second {first.Text}.");
                }

                _messages.Add(message);
                _open.Add(message.Fields);
            }
        }
        else
        {
            _errors.Add(line, first, $"'{first.Text}' begins no line; expected api, request, response, header or data, or an indented field.");
        }
    }

    private void ReadApi(SpecLine line)
    {
        if (_apiLine is not null)
        {
            _errors.Add(line, "The file has a second api line.");
        }

        _apiLine = line;
        if (line.Tokens.Count != 3 || !Words.TryNumber(line.Tokens[1].Text, out int key) || !Words.IsName(line.Tokens[2].Text))
        {
            _errors.Add(line, "Expected 'api <key> <Name>', such as 'api 3 Metadata'.");
            return;
        }

        _apiKey = key;
        _apiName = line.Tokens[2].Text;
    }

    private void ReadStruct(SpecLine line, int level)
    {
        if (level != 1 || line.Tokens.Count != 3 || !Words.IsName(line.Tokens[1].Text) || line.Tokens[2].Text != Words.Arrow)
        {
            _errors.Add(line, "Expected 'struct <Name> =>' at the level of the message's fields.");
            return;
        }

        StructNode node = new(line, line.Tokens[1]);
        _messages[_messages.Count - 1].Structs.Add(node);
        _open.Clear();
        _open.Add(_messages[_messages.Count - 1].Fields);
        _open.Add(node.Fields);
    }

    private void ReadField(SpecLine line, int level)
    {
        if (level > _open.Count)
        {
            _errors.Add(line, "The line is indented more deeply than what it belongs to; the line above it does not end in '=>'.");
            return;
        }

        FieldNode? field = FieldLine.Read(line, _errors);
        if (field is null)
        {
            return;
        }

        if (level == 1 && _messages[_messages.Count - 1].Structs.Count > 0)
        {
            _errors.Add(line, "The fields of a message stand before its structures.");
        }

        _open.RemoveRange(level, _open.Count - level);
        _open[level - 1].Add(field);
        if (field.Opens)
        {
            _open.Add(field.Children);
        }
    }
}
