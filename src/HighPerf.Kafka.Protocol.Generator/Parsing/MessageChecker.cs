using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>Checks what only the whole message can tell (names, ranges, tags, structures) and makes its <see cref="MessageSpec"/>.</summary>
internal sealed class MessageChecker
{
    /// <summary>A field's place is a byte of <c>KafkaReader.FieldPath</c>; 255 stands for the unknown tagged fields.</summary>
    private const int MaxFields = 254;

    /// <summary>The path has eight bytes.</summary>
    private const int MaxDepth = 8;

    /// <summary>The tags a version knows are kept as bits of a word.</summary>
    private const int MaxTag = 63;

    private readonly ErrorList _errors;
    private readonly MessageNode _message;
    private readonly List<StructSpec> _structs = [];
    private readonly HashSet<string> _structNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _rootNames;

    public MessageChecker(ErrorList errors, MessageNode message)
    {
        _errors = errors;
        _message = message;
        _rootNames = new HashSet<string>(message.Fields.Select(static field => field.Name.Text), StringComparer.Ordinal) { message.Name.Text };
    }

    public MessageSpec Check(int? apiKey, string? apiName, string? response)
    {
        foreach (StructNode node in _message.Structs)
        {
            Declare(node.Line, node.Name);
        }

        DeclareInline(_message.Fields);
        foreach (StructNode node in _message.Structs)
        {
            DeclareInline(node.Fields);
        }

        EquatableArray<FieldSpec> fields = CheckFields(_message.Line, _message.Fields, _message.Versions, "");
        foreach (StructNode node in _message.Structs)
        {
            string name = node.Name.Text;
            _structs.Add(MakeStruct(name, _message.Versions, name, CheckFields(node.Line, node.Fields, _message.Versions, name)));
        }

        StructSpec root = new(_message.Name.Text, _message.Name.Text, _message.Versions, "", fields);
        CheckDepth(root, []);
        return new MessageSpec(
            _message.Kind,
            _message.Name.Text,
            apiKey,
            apiName,
            _message.Versions,
            _message.FlexibleFrom,
            _message.UnstableVersion,
            response,
            root,
            new(_structs));
    }

    private void Declare(SpecLine line, Token name)
    {
        if (!_structNames.Add(name.Text))
        {
            _errors.Add(line, name, $"The structure {name.Text} is defined twice in {_message.Name.Text}; fields that share one name a 'struct'.");
        }
    }

    private void DeclareInline(List<FieldNode> fields)
    {
        foreach (FieldNode field in fields.Where(static field => field.Opens))
        {
            Declare(field.Line, new Token(ParseType(field.Type.Text, out _), field.Type.Column));
            DeclareInline(field.Children);
        }
    }

    private EquatableArray<FieldSpec> CheckFields(SpecLine line, List<FieldNode> nodes, VersionRange outer, string path)
    {
        if (nodes.Count > MaxFields)
        {
            _errors.Add(line, $"A structure has at most {MaxFields} fields.");
        }

        List<FieldSpec> fields = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (FieldNode node in nodes)
        {
            if (!names.Add(node.Name.Text))
            {
                _errors.Add(node.Line, node.Name, $"The field {node.Name.Text} is defined twice.");
            }

            FieldSpec field = CheckField(node, outer, path.Length == 0 ? node.Name.Text : $"{path}.{node.Name.Text}");
            FieldSpec? sameTag = fields.Find(other => field.Tag is not null && other.Tag == field.Tag);
            if (sameTag is not null)
            {
                _errors.Add(node.Line, node.TagToken, $"The tag {field.Tag} is already that of {sameTag.Name}.");
            }

            fields.Add(field);
        }

        return new(fields);
    }

    private FieldSpec CheckField(FieldNode node, VersionRange outer, string path)
    {
        VersionRange versions = CheckRange(node, node.Versions ?? outer, node.VersionsToken, outer, "field");
        FieldType type = CheckType(node);
        VersionRange? nullable = null;
        if (node.Nullable)
        {
            if (!type.CanBeNull)
            {
                _errors.Add(node.Line, node.NullableToken, $"A {node.Type.Text} cannot be null.");
            }

            nullable = CheckRange(node, node.NullableVersions ?? versions, node.NullableToken, versions, "field's null");
            if (type is { Kind: TypeKind.Struct, IsArray: false } && nullable != versions)
            {
                _errors.Add(node.Line, node.NullableToken, "A structure is nullable in all versions or in none: null is a byte in front of it.");
            }
        }

        if (node.Default is { } value && DefaultChecker.Check(type, value.Text, node.Nullable) is { } wrong)
        {
            _errors.Add(node.Line, value, wrong);
        }

        if (node.Tag > MaxTag)
        {
            _errors.Add(node.Line, node.TagToken, $"Tags go up to {MaxTag}.");
        }

        if (node.Tag is not null && (_message.FlexibleFrom is null || versions.Min < _message.FlexibleFrom))
        {
            _errors.Add(node.Line, node.TagToken, $"{versions} of the tagged field {node.Name.Text} are not all flexible versions of {_message.Name.Text}.");
        }

        if (node.Opens)
        {
            CheckInline(node, type, versions, path);
        }

        return new FieldSpec(node.Name.Text, type, versions, nullable, node.Tag, node.Default?.Text, node.Ignorable, node.Key, node.Classic);
    }

    private void CheckInline(FieldNode node, FieldType type, VersionRange versions, string path)
    {
        if (type.Kind != TypeKind.Struct)
        {
            _errors.Add(node.Line, node.Type, $"'=>' opens a structure, and {node.Type.Text} is none.");
        }

        if (node.Children.Count == 0)
        {
            _errors.Add(node.Line, "The structure has no fields.");
        }

        EquatableArray<FieldSpec> fields = CheckFields(node.Line, node.Children, versions, path);
        if (type.StructName is not null)
        {
            _structs.Add(MakeStruct(type.StructName, versions, path, fields));
        }
    }

    private VersionRange CheckRange(FieldNode node, VersionRange range, Token token, VersionRange outer, string what)
    {
        VersionRange closed = range.ClosedBy(outer);
        if (closed.Min > closed.Max || !outer.Contains(closed))
        {
            _errors.Add(node.Line, token, $"The {what} versions {range} do not lie within {outer}.");
            return outer;
        }

        return closed;
    }

    private FieldType CheckType(FieldNode node)
    {
        string name = ParseType(node.Type.Text, out bool isArray);
        if (Words.TryPrimitive(name, out TypeKind kind))
        {
            if (isArray && kind is TypeKind.Boolean or TypeKind.Bytes or TypeKind.Records or TypeKind.Float64 or TypeKind.UInt16 or TypeKind.UInt32 && isArray)
            {
                _errors.Add(node.Line, node.Type, $"Arrays of {name} do not exist in the protocol.");
            }

            return new FieldType(kind, null, isArray);
        }

        if (!_structNames.Contains(name))
        {
            _errors.Add(node.Line, node.Type, $"'{name}' is neither a type nor a structure of {_message.Name.Text}.");
            return new FieldType(TypeKind.Int8, null, isArray);
        }

        return new FieldType(TypeKind.Struct, name, isArray);
    }

    /// <summary>The class of a structure has its name, unless a property beside or inside it has that already.</summary>
    private StructSpec MakeStruct(string name, VersionRange versions, string path, EquatableArray<FieldSpec> fields)
    {
        bool taken = _rootNames.Contains(name) || fields.Any(field => field.Name == name);
        return new StructSpec(name, taken ? name + "Data" : name, versions, path, fields);
    }

    private void CheckDepth(StructSpec spec, List<string> around)
    {
        foreach (FieldSpec field in spec.Fields.Where(static field => field.Type.Kind == TypeKind.Struct))
        {
            string name = field.Type.StructName!;
            if (around.Contains(name) || around.Count + 2 > MaxDepth)
            {
                _errors.Add(_message.Line, _message.Name, $"The structure {name} contains itself, or structures nest more than {MaxDepth} deep.");
                return;
            }

            StructSpec? inner = _structs.Find(candidate => candidate.Name == name);
            if (inner is not null)
            {
                CheckDepth(inner, [.. around, name]);
            }
        }
    }

    private static string ParseType(string text, out bool isArray)
    {
        isArray = text.Length > 2 && text[0] == '[' && text[text.Length - 1] == ']';
        return isArray ? text.Substring(1, text.Length - 2) : text;
    }
}
