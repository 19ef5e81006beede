//! Keys of transformers' configurations that change no result here, each with its reason.

const TRAINING: &str = "training only";
const GENERATING: &str = "how tokens are drawn is the reader's choice";
const OUTPUTS: &str = "what a Python program gets back";
const ADDED: &str = "the tokenizer says what it puts around a text";
const PROVENANCE: &str = "where the file comes from";
/// Of a class that is not built.
pub(super) const OTHER_HEAD: &str = "of a head that this class does not have";

/// Keys that change no result here, by their reason.
pub(super) const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    (
        TRAINING,
        &[
            "attention_probs_dropout_prob",
            "hidden_dropout_prob",
            "classifier_dropout",
            "classifier_dropout_prob",
            "summary_last_dropout",
            "dropout",
            "attention_dropout",
            "qa_dropout",
            "seq_classif_dropout",
            "resid_pdrop",
            "embd_pdrop",
            "attn_pdrop",
            "hidden_dropout",
            "layerdrop",
            "summary_first_dropout",
            "initializer_range",
            "gradient_checkpointing",
            "tf_legacy_loss",
            "finetuning_task",
        ],
    ),
    (
        GENERATING,
        &[
            "max_length",
            "min_length",
            "do_sample",
            "early_stopping",
            "num_beams",
            "num_beam_groups",
            "diversity_penalty",
            "temperature",
            "top_k",
            "top_p",
            "typical_p",
            "repetition_penalty",
            "length_penalty",
            "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size",
            "bad_words_ids",
            "num_return_sequences",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "remove_invalid_values",
            "exponential_decay_length_penalty",
            "suppress_tokens",
            "begin_suppress_tokens",
            "task_specific_params",
            "prefix",
        ],
    ),
    (
        OUTPUTS,
        &[
            "output_attentions",
            "output_hidden_states",
            "output_scores",
            "output_past",
            "return_dict",
            "return_dict_in_generate",
            "use_return_dict",
            "use_cache",
            "torchscript",
        ],
    ),
    (ADDED, &["bos_token_id", "sep_token_id", "decoder_start_token_id"]),
    ("one text at a time: nothing is padded", &["pad_token_id"]),
    ("each tensor states its own type", &["torch_dtype", "dtype", "use_bfloat16"]),
    ("transformers' own class is meant", &["auto_map"]),
    (
        "how the same numbers are computed",
        &[
            "chunk_size_feed_forward",
            "pretraining_tp",
            "reorder_and_upcast_attn",
            "attn_implementation",
            "_attn_implementation",
            "_attn_implementation_autoset",
            "cache_implementation",
        ],
    ),
    (
        OTHER_HEAD,
        &[
            "summary_type",
            "summary_use_proj",
            "summary_activation",
            "summary_proj_to_labels",
            "cross_attention_hidden_size",
            "tie_encoder_decoder",
        ],
    ),
    (
        PROVENANCE,
        &["transformers_version", "_name_or_path", "_commit_hash", "adapter_layers", "adapters", "language", "name"],
    ),
    ("the file's own position matrix is read", &["sinusoidal_pos_embds"]),
    ("another word for n_positions, which is read", &["n_ctx"]),
    ("the embedding matrix is read where the file has it", &["tie_weights_"]),
    ("id2label names the classes", &["label2id"]),
    ("layer_types, or sliding_window_pattern, is read", &["_sliding_window_pattern"]),
];
