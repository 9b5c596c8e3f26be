// Written by npm run client-types.
export interface components {
    schemas: {
        Health: {
            /**
             * @description ok with 200, unavailable with 503.
             * @enum {string}
             */
            status: "ok" | "unavailable";
            /** @description The release of Glimpse. */
            version: string;
            /** @description What keeps it from being ready, or is wrong. */
            reasons?: string[];
        };
        ErrorBody: {
            /** @description Never renamed or reused; docs/errors.md lists them all. */
            code: string;
            message: string;
            details?: {
                [key: string]: unknown;
            };
        };
        ErrorAnswer: {
            error: components["schemas"]["ErrorBody"];
            requestId: string;
        };
        Prediction: {
            /** @description A class of the model. */
            label: string;
            /**
             * Format: double
             * @description Its probability, 0 to 1; of a model with sigmoids, that of this class by itself.
             */
            score: number;
            /** @description The best topK classes, best first. */
            top: components["schemas"]["ScoredClass"][];
            /** @description Reasons to doubt it; left out when there is none. */
            warnings?: ("damaged" | "blank" | "no_ink" | "several" | "uncertain")[];
            /** @description With sets=true: the classes that cannot be excluded, best first. */
            set?: string[];
            saw?: components["schemas"]["SeenInput"];
            occlusion?: components["schemas"]["Occlusion"];
            gradient?: components["schemas"]["GradientMap"];
            nearest?: components["schemas"]["NearestExample"][];
        };
        PredictionEvidence: {
            /**
             * Format: uuid
             * @description Of the call; a UUID of version 7.
             */
            id: string;
            /** @description SHA-256 of the model file; of several, of the lines that sha256sum prints of them, ordered by path. */
            modelDigest: string;
            /** @description SHA-256 of the preprocessing contract as JSON whose fields are in order. */
            preprocessingDigest: string;
            milliseconds: components["schemas"]["StageTimes"];
            /** @description One per image, in the order of the request. */
            images: components["schemas"]["ImageEvidence"][];
        };
        /** @description Pixels of the picture as it was sent, after EXIF has turned it upright; right and bottom are just outside. */
        PictureBox: {
            /** Format: double */
            left: number;
            /** Format: double */
            top: number;
            /** Format: double */
            right: number;
            /** Format: double */
            bottom: number;
        };
        /** @description What a picture says, with read=line. */
        Reading: {
            /** @description All digits in reading order; lines end with a line break. */
            text: string;
            /** @description The text with the signs between digits: . , - and /, told by shape and place. */
            written: string;
            /**
             * Format: int64
             * @description Of the picture, upright: what boxes are counted in.
             */
            width: number;
            /** Format: int64 */
            height: number;
            /** @description From top to bottom; none where no digit was found. */
            lines: components["schemas"]["ReadLine"][];
        };
        PredictAnswer: {
            model: string;
            /** Format: int64 */
            version: number;
            /** @description One per image, in the order of the request. */
            predictions: components["schemas"]["PredictionResult"][];
            evidence?: components["schemas"]["PredictionEvidence"];
        };
        VersionStatus: {
            /** Format: int64 */
            version: number;
            state: components["schemas"]["VersionState"];
            /** @description The repository has it no more; it goes on serving from memory, or from the copy of this machine. */
            isMissing: boolean;
            reason?: components["schemas"]["Reason"];
            /** @description When a version that could not be loaded is tried again. */
            retryAt?: string;
            /** @description Labels that point at it. */
            labels: string[];
            /** @description Labels it answers for just now. */
            serves: string[];
            /**
             * @description Where its full batches run: in the server’s process as was measured, or, what is not trusted, in a cell.
             * @enum {string}
             */
            place?: "inline" | "worker" | "cell";
            placement?: components["schemas"]["Placement"];
            /**
             * Format: int64
             * @description Requests that hold it now.
             */
            leases: number;
            /**
             * Format: int64
             * @description Images that wait for it.
             */
            queueDepth: number;
        };
        Model: {
            model: string;
            labels: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description The version that answers when nobody names one.
             */
            serving?: number;
            /** @description What is not as it should be. */
            reasons: string[];
            versions: components["schemas"]["VersionStatus"][];
        };
        ModelList: {
            /** @description The model POST /predict asks. */
            defaultModel: string;
            /** @description When the repository last answered; only while that is longer ago than it should be, and what is listed may have changed since. */
            staleSince?: string;
            models: components["schemas"]["Model"][];
        };
        Version: {
            model: string;
            /** Format: int64 */
            version: number;
            state: components["schemas"]["VersionState"];
            /** @description The repository has it no more; it goes on serving from memory, or from the copy of this machine. */
            isMissing: boolean;
            reason?: components["schemas"]["Reason"];
            /** @description When a version that could not be loaded is tried again. */
            retryAt?: string;
            /** @description Labels that point at it. */
            labels: string[];
            /** @description Labels it answers for just now. */
            serves: string[];
            /**
             * @description Where its full batches run: in the server’s process as was measured, or, what is not trusted, in a cell.
             * @enum {string}
             */
            place?: "inline" | "worker" | "cell";
            placement?: components["schemas"]["Placement"];
            /**
             * Format: int64
             * @description Requests that hold it now.
             */
            leases: number;
            /**
             * Format: int64
             * @description Images that wait for it.
             */
            queueDepth: number;
            /** @description RFC 3339, UTC. */
            createdAt?: string;
            /** @enum {string} */
            runtime?: "onnx" | "tensorflow";
            files?: components["schemas"]["ModelFile"][];
            signature?: components["schemas"]["Signature"];
            preprocessing?: components["schemas"]["Preprocessing"];
            gate?: components["schemas"]["Gate"];
            golden?: components["schemas"]["GoldenSample"][];
            lineage?: components["schemas"]["Lineage"];
            metrics?: components["schemas"]["Metrics"];
            baseline?: components["schemas"]["Baseline"];
            quantisation?: components["schemas"]["Quantisation"];
            keptExamples?: components["schemas"]["KeptExamples"];
            release?: components["schemas"]["Release"];
        };
        Labels: {
            model: string;
            labels: {
                [key: string]: number;
            };
        };
        /** @description Whether it was to answer for production when it was published, by which rule, and what was measured for that. */
        Release: {
            /** @description RFC 3339, UTC. */
            decidedAt: string;
            decision: components["schemas"]["ReleaseDecision"];
            /** @description In a sentence. */
            reason: string;
            rule?: components["schemas"]["ReleaseRule"];
            /**
             * Format: int64
             * @description The version that answered for production then.
             */
            present?: number;
            checks: components["schemas"]["ReleaseCheck"][];
            comparisons: components["schemas"]["VersionComparison"][];
        };
        ReleasePolicy: {
            model: string;
            promote: components["schemas"]["ReleaseRule"];
            load?: components["schemas"]["LoadRule"];
            limits?: components["schemas"]["ModelLimits"];
            /** @description Labels that move only when a second caller, with the scope release, approves it. With production among them the same holds for splits and canaries; rolling back needs nobody else. */
            protected?: string[];
            /** @description Nobody has written one. */
            isDefault: boolean;
        };
        ModelHistory: {
            model: string;
            entries: components["schemas"]["HistoryEntry"][];
            /**
             * Format: int64
             * @description There are older entries: the value of before for them.
             */
            next?: number;
        };
        /** @description One change of a model. */
        HistoryEntry: {
            /**
             * Format: int64
             * @description Counts up, without gaps.
             */
            number: number;
            /** @description Of the writing, so that a repeated one is known. */
            id: string;
            /** @description RFC 3339, UTC, by the clock of who wrote it. */
            at: string;
            /** @description label, rollback: a label moved. policy, traffic: another one holds. canary: one began, went a step or ended. approval: about a change of a protected label. deletion: versions were deleted (from), or taken back (to). unreadable: the entry is damaged. */
            what: string;
            label?: string;
            by: components["schemas"]["Actor"];
            /** @description What was before: a version, or a document. */
            from?: unknown;
            /** @description What is since then. */
            to?: unknown;
            why?: string;
            evidence?: {
                [key: string]: unknown;
            };
        };
        Traffic: {
            model: string;
            /** @description Who answers for production, by weight: a version or a label each. An entry that cannot answer just now is passed over for the next one, at last for the version that production names. */
            split?: components["schemas"]["TrafficShare"][];
            shadow?: components["schemas"]["TrafficShadow"];
            canary?: components["schemas"]["CanaryPlan"];
            /** @description The header whose value decides: the same value is answered by the same entry. Without it, and for requests that lack it, the id of the key or token decides; callers without any are drawn anew for each request. */
            stickyHeader?: string;
            canaryState?: components["schemas"]["CanaryState"];
            canaryEvidence?: components["schemas"]["CanaryEvidence"];
            /**
             * Format: int64
             * @description Counts the changes; left out where nobody has written any.
             */
            revision?: number;
        };
        /** @description How far the canary is, or how the last one ended. */
        CanaryState: {
            /** @description running; promoted: production names it; rolled-back: its figures left their band; ended: somebody moved production, or the plan was taken away. */
            state: string;
            /** Format: int64 */
            version: number;
            /**
             * Format: int64
             * @description What it is compared with.
             */
            present: number;
            /**
             * Format: int64
             * @description Of the steps, from 0 on.
             */
            step: number;
            /** @description When the step, or the end, began. RFC 3339, UTC. */
            since: string;
            why?: string;
        };
        /** @description How one version did for the callers that it answered. */
        SideFigures: {
            /**
             * Format: int64
             * @description That it has answered, or failed to.
             */
            requests: number;
            /**
             * Format: int64
             * @description Of these, that failed by a fault of the server.
             */
            errors: number;
            /**
             * Format: int64
             * @description That it has answered.
             */
            images: number;
            /**
             * Format: int64
             * @description Of these, with a warning.
             */
            warned: number;
            /**
             * Format: double
             * @description What nineteen of twenty requests took at most, of the last thousand. Left out before the first answer.
             */
            p95Ms?: number;
        };
        /** @description What this server has seen of a canary that runs, and judges it by. */
        CanaryEvidence: {
            verdict: components["schemas"]["CanaryVerdict"];
            /** @description Which band it left, and by what figures. */
            why?: string;
            /**
             * Format: int64
             * @description How many it must have answered before anything is said.
             */
            minRequests: number;
            present: components["schemas"]["SideFigures"];
            canary: components["schemas"]["SideFigures"];
            /**
             * Format: int64
             * @description Images that both have seen, which takes a shadow of it.
             */
            compared: number;
            /**
             * Format: int64
             * @description Of these, that both said the same of.
             */
            agreed: number;
        };
        Rollback: {
            model: string;
            /** @description A split or canary of production was ended; the label stayed where it was. */
            endedTraffic: boolean;
            /**
             * Format: int64
             * @description Where the label was.
             */
            from: number;
            /**
             * Format: int64
             * @description Where it is now.
             */
            to: number;
            labels: {
                [key: string]: number;
            };
        };
        /** @description A change that waits for a second caller. */
        Approval: {
            id: string;
            /** @description label: it shall move. traffic, policy: other rules shall hold. */
            kind: string;
            askedBy: components["schemas"]["Actor"];
            /** @description RFC 3339, UTC. */
            askedAt: string;
            /** @description Afterwards it must be asked for again. */
            expiresAt: string;
            why?: string;
            /** @description label, version and from of a label; rules of traffic; a policy. */
            change: {
                [key: string]: unknown;
            };
        };
        Approvals: {
            model: string;
            pending: components["schemas"]["Approval"][];
        };
        DecidedApproval: {
            model: string;
            decision: components["schemas"]["ApprovalDecision"];
            approval: components["schemas"]["Approval"];
        };
        /** @description Every field is optional; the defaults train the founding example. */
        TrainRequest: {
            /** @description The model the new version belongs to. Default: digits. */
            model?: string;
            dataset?: components["schemas"]["DatasetSpec"];
            evaluation?: components["schemas"]["DatasetSpec"];
            architecture?: components["schemas"]["Architecture"];
            backbone?: components["schemas"]["Backbone"];
            optimizer?: components["schemas"]["RequestedOptimizer"];
            schedule?: components["schemas"]["RequestedSchedule"];
            /** @description Default 50. */
            epochs?: number;
            /** @description Default 32 or 50, by the recipe of the architecture. */
            batchSize?: number;
            /**
             * Format: double
             * @description Share of the dataset to watch and choose by. Default 0.1, or 0 with an evaluation dataset (then a part of that one is used).
             */
            validationSplit?: number;
            /**
             * Format: double
             * @description Share of the dataset only measured on. Default 0.1, or 0 with an evaluation dataset.
             */
            testSplit?: number;
            /**
             * Format: int64
             * @description The same seed gives the same bytes. Default 1.
             */
            seed?: number;
            /** @description How many workers share every batch, at least 8 examples each, on as many threads as there may be. Another number gives other bytes. Default 1. */
            workers?: number;
            /**
             * Format: double
             * @description Default 0 or 0.1, by the recipe of the architecture.
             */
            labelSmoothing?: number;
            /**
             * Format: double
             * @description Strength on kernels. Default 0.
             */
            l2?: number;
            /**
             * Format: double
             * @description Largest norm of all gradients.
             */
            gradientClip?: number;
            classWeights?: components["schemas"]["ClassWeights"];
            augmentation?: components["schemas"]["Augmentation"];
            outliers?: components["schemas"]["Outliers"];
            startFrom?: components["schemas"]["StartFrom"];
            /**
             * Format: double
             * @description The share of images that may be answered wrongly without the warning uncertain: its threshold is chosen for that (conformal risk control), which takes at least 1/maxError - 1 validation examples. Default 0.05. Wherever there are 100 of them, the threshold is at least what 99 of 100 pass.
             */
            maxError?: number;
            earlyStopping?: components["schemas"]["EarlyStopping"];
            preprocessing?: components["schemas"]["RequestedPreprocessing"];
            quantise?: components["schemas"]["Quantise"];
            /** @description So many of the training examples are kept in the version, as pictures and as what the net finds in them, to be shown by explain=nearest: of each class as many as of the others, as far as it has so many. Whoever may ask the version, or read its files, can see them. Without it none are. */
            keepExamples?: number;
            publish?: components["schemas"]["PublishOptions"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows?: number;
        };
        EvaluateRequest: {
            dataset?: components["schemas"]["DatasetSpec"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows?: number;
        };
        /** @description What only the author of a model knows. Of a version folder with its manifest nothing but label and source is taken. */
        PublishRequest: {
            /** @description In the order of the scores; of a single score the class of 0, then that of 1. By default those that the model has in its metadata or operators. */
            classes?: string[];
            preprocessing?: components["schemas"]["UploadedPreprocessing"];
            /** @description Of the input, where the graph leaves axes open: 3,224,224 or N,224,224,3. */
            shape?: string;
            /**
             * @description Whether the channels come first or last, where the graph does not tell.
             * @enum {string}
             */
            layout?: "NCHW" | "NHWC";
            /** @description Which output holds the scores, when the graph has several that could. */
            output?: string;
            /**
             * @description What the output gives. By default found out from the graph and by trying.
             * @enum {string}
             */
            outputKind?: "logits" | "probabilities" | "sigmoid";
            /**
             * Format: double
             * @description A best score (calibrated, as served) below this: "uncertain".
             */
            minScore?: number;
            quantise?: components["schemas"]["QuantiseUpload"];
            /** @description Also point this label at the new version. Needs the scope "release". */
            label?: string;
            /** @description Where it comes from, for its lineage. By default the name of the file. */
            source?: string;
        };
        Job: {
            id: string;
            state: components["schemas"]["JobState"];
            /** @description RFC 3339, UTC. */
            createdAt: string;
            /** @description RFC 3339, UTC. */
            startedAt?: string;
            /** @description RFC 3339, UTC. */
            endedAt?: string;
            /**
             * Format: int64
             * @description How often it was begun: once, and again after each crash. A restart of the server that puts it aside spends none.
             */
            attempts: number;
            kind: components["schemas"]["JobKind"];
            request: components["schemas"]["DecidedRequest"];
            stage?: components["schemas"]["JobStage"];
            dataset?: components["schemas"]["DatasetReport"];
            net?: components["schemas"]["NetSize"];
            history: components["schemas"]["Epoch"][];
            mistakes?: components["schemas"]["Mistakes"];
            progress?: components["schemas"]["PredictionProgress"];
            /** @description Of a search, as they are so far. */
            trials?: components["schemas"]["SearchTrial"][];
            /** @description Its net is finished and kept on this machine until it is published. When the job has failed all the same, POST /train/{id}/publish tries again. */
            publishable?: boolean;
            /**
             * Format: int64
             * @description The version it published, or measured.
             */
            version?: number;
            metrics?: components["schemas"]["Metrics"];
            notes: string[];
            timings?: components["schemas"]["JobTimings"];
            release?: components["schemas"]["ReleaseOutcome"];
            imported?: components["schemas"]["ImportedDataset"];
            looked?: components["schemas"]["DatasetLook"];
            predicted?: components["schemas"]["Predicted"];
            winner?: components["schemas"]["SearchWinner"];
            error?: components["schemas"]["JobError"];
        };
        JobList: {
            jobs: components["schemas"]["Job"][];
        };
        /** @description Only out must be given; without dataset.uri the uploaded files are read. */
        PredictJobRequest: {
            model?: string;
            /** Format: int64 */
            version?: number;
            /** @description The version that this label points at now. Without version and label it is that of production, else the newest. */
            label?: string;
            dataset?: components["schemas"]["InputSpec"];
            /** @description Where the predictions go: s3://bucket/prefix under one of GLIMPSE_DATASET_URIS, or a folder under GLIMPSE_DATASET_ROOT. Nothing else may lie there. */
            out: string;
            format?: components["schemas"]["PredictionFormat"];
            /** @description How many classes for each image, best first. Default 3. */
            topK?: number;
            /** @description Rows of one part, which is what a resumed job does not do again. Default 1000. */
            rowsPerPart?: number;
        };
        /** @description Only ranges must be given. */
        SearchRequest: {
            train?: components["schemas"]["SearchedTraining"];
            /** @description The hyperparameters that trials differ in, by their names in the request: optimizer.learningRate, batchSize, architecture.layers.1.units. */
            ranges: {
                [key: string]: components["schemas"]["SearchRange"];
            };
            /**
             * Format: double
             * @description How long trials may run, all together; the one at work then is stopped, and the best of the others wins. The training of the winner is not counted.
             */
            maxSeconds?: number;
            method?: components["schemas"]["SearchMethod"];
            /**
             * Format: int64
             * @description How many there are. Default 20.
             */
            trials?: number;
            objective?: components["schemas"]["SearchObjective"];
            /** @description Of successive-halving: one in so many trials goes on, for so many times the epochs. Default 3. */
            reduction?: number;
            /**
             * Format: int64
             * @description Of successive-halving: no trial is compared after fewer epochs. Default 1.
             */
            minEpochs?: number;
            /** @description Whether the best trial is trained once more as any training is, and becomes a version. Default true; false: the search only tells which one it is. */
            publishWinner?: boolean;
        };
        SearchList: {
            searches: components["schemas"]["Job"][];
        };
        /** @description What was deleted, and can be taken back. */
        Deleted: {
            model?: string;
            /** Format: int64 */
            version?: number;
            dataset?: string;
            digest?: string;
            /** @description RFC 3339, UTC. */
            deletedAt: string;
            /** @description It can be taken back until then, at least. */
            until: string;
        };
        /** @description Without dataset.uri the uploaded files are read. */
        ImportRequest: {
            /** @description The name it is stored under. */
            name: string;
            dataset?: components["schemas"]["DatasetSpec"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows?: number;
            /** @description Leave in what has the same pixels as another example, and only report it. Default false. */
            keepDuplicates?: boolean;
            preprocessing?: components["schemas"]["RequestedPreprocessing"];
        };
        /** @description As for an import; name and keepDuplicates make no difference to a dry run. */
        LookRequest: {
            /** @description The name it is stored under. */
            name?: string;
            /** @description The model that is to be trained with it: images are prepared as those of its newest version, as training would. Default: none. */
            model?: string;
            dataset?: components["schemas"]["DatasetSpec"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows?: number;
            /** @description Leave in what has the same pixels as another example, and only report it. Default false. */
            keepDuplicates?: boolean;
            preprocessing?: components["schemas"]["RequestedPreprocessing"];
            /**
             * Format: double
             * @description As in training. Default 0.1.
             */
            validationSplit?: number;
            /**
             * Format: double
             * @description As in training. Default 0.1.
             */
            testSplit?: number;
            /**
             * Format: int64
             * @description As in training: it decides which examples are learnt from. Default 1.
             */
            seed?: number;
        };
        DatasetLook: {
            /** @description The URI of the request, or the names of the uploads. */
            source: string;
            /** @description Whether there is neither a question nor a problem. */
            trainable: boolean;
            format?: components["schemas"]["DatasetFormat"];
            understood?: components["schemas"]["UnderstoodDataset"];
            /** @description What was assumed to look at the rest, where the request leaves it open. */
            assumed: components["schemas"]["DecidingSetting"][];
            examples: number;
            /** Format: int64 */
            rowsRead: number;
            badRows: components["schemas"]["LeftOutKind"][];
            ignored: components["schemas"]["LeftOutKind"][];
            parts?: components["schemas"]["LookedAtParts"];
            classes: components["schemas"]["LookedAtClass"][];
            findings: components["schemas"]["Finding"][];
            /** @description SHA-256 of the examples. */
            digest?: string;
            /** @description Where its contact sheet is: some images of each class, a PNG. */
            sheet?: string;
        };
        StoredDataset: {
            /** @description What dataset.uri calls exactly this dataset. */
            uri: string;
            /** @enum {integer} */
            formatVersion: 1;
            name: string;
            /** @description SHA-256 over shape, classes, labels and pixels. */
            digest: string;
            /** @description RFC 3339, UTC. */
            createdAt: string;
            /** @description The job that stored it, or a name of its own. */
            writerId: string;
            shape: components["schemas"]["DatasetShape"];
            classes: string[];
            /** @description Examples of each class, in their order. */
            classCounts: number[];
            examples: number;
            preprocessing?: components["schemas"]["Preprocessing"];
            files: components["schemas"]["ModelFile"][];
            /** @description What it was made from. */
            source: {
                [key: string]: unknown;
            };
            report: components["schemas"]["CleaningReport"];
        };
        NamedDataset: {
            name: string;
            /** @description SHA-256 over shape, classes, labels and pixels. */
            latest: string;
            /** @description RFC 3339, UTC. */
            createdAt?: string;
            examples?: number;
            shape?: components["schemas"]["DatasetShape"];
            classes?: string[];
            /** @description Why it cannot be read. */
            problem?: string;
        };
        DatasetHistory: {
            name: string;
            /** @description SHA-256 over shape, classes, labels and pixels. */
            latest?: string;
            datasets: components["schemas"]["DatasetHistoryEntry"][];
        };
        DatasetList: {
            datasets: components["schemas"]["NamedDataset"][];
        };
        Feedback: {
            id: string;
            model: string;
            /** Format: int64 */
            version: number;
            /** @description What the version answered. */
            predicted: string;
            class: string;
            /** @description What it was called before; left out for the first time. */
            before?: string;
            /**
             * @description image: with its image, so that it can be learnt from. label: alone, since no image is kept. no: remembered by this process only.
             * @enum {string}
             */
            stored: "image" | "label" | "no";
        };
        Review: {
            model: string;
            /** @description The most doubtful first; those that somebody has labelled are left out. */
            predictions: components["schemas"]["ReviewedPrediction"][];
        };
        Replay: {
            model: string;
            /**
             * Format: int64
             * @description The version that was asked again.
             */
            version: number;
            /** Format: int64 */
            replayed: number;
            /**
             * Format: int64
             * @description Answered with the same class.
             */
            same: number;
            /** @description Every answer that is another one. */
            changed: components["schemas"]["ChangedAnswer"][];
            /**
             * Format: int64
             * @description Logged predictions whose image or class is not kept.
             */
            skipped: number;
            /** @description false: there are more than the limit. */
            isComplete: boolean;
        };
        OipModelConfiguration: {
            name: string;
            platform: string;
            backend: string;
            /** Format: int64 */
            max_batch_size: number;
            input: components["schemas"]["OipConfiguredTensor"][];
            output: components["schemas"]["OipConfiguredTensor"][];
            dynamic_batching: {
                [key: string]: unknown;
            };
        };
        OipStatistics: {
            model_stats: components["schemas"]["OipModelStatistics"][];
        };
        OipRepositoryIndexBody: {
            ready?: boolean;
        };
        OipRepositoryIndex: components["schemas"]["OipIndexedVersion"][];
        OipLoadRequest: {
            parameters?: {
                [key: string]: unknown;
            };
        };
        OipUnloadRequest: {
            parameters?: {
                [key: string]: unknown;
            };
        };
        OipInferBody: {
            /** @description Comes back. */
            id?: string;
            parameters?: components["schemas"]["OipRequestParameters"];
            inputs: components["schemas"]["OipInput"][];
            outputs?: components["schemas"]["OipRequestedOutput"][];
        };
        OipInferResponse: {
            model_name: string;
            model_version: string;
            id?: string;
            parameters?: {
                [key: string]: unknown;
            };
            outputs: components["schemas"]["OipOutput"][];
        };
        OipError: {
            error: string;
        };
        OipServerMetadata: {
            name: string;
            version: string;
            extensions: string[];
        };
        OipLive: {
            live: boolean;
        };
        OipServerReady: {
            ready: boolean;
            reasons: string[];
        };
        OipModelReady: {
            name: string;
            ready: boolean;
        };
        OipModelMetadata: {
            name: string;
            versions: string[];
            platform: string;
            inputs: components["schemas"]["OipTensorMetadata"][];
            outputs: components["schemas"]["OipTensorMetadata"][];
        };
        TfServingError: {
            /** @description For people; the header glimpse-error-code has the code. */
            error: string;
        };
        ScoringError: {
            /** @description As MLflow has it; the header glimpse-error-code says it more exactly. */
            error_code: string;
            message: string;
        };
        TorchServeError: {
            /**
             * Format: int64
             * @description The status of the response.
             */
            code: number;
            /** @description As TorchServe calls it; glimpse-error-code has our code. */
            type: string;
            message: string;
        };
        ScoredClass: {
            /** @description A class of the model. */
            label: string;
            /**
             * Format: double
             * @description Its probability, 0 to 1; of a model with sigmoids, that of this class by itself.
             */
            score: number;
        };
        /** @description With explain=input: what the preprocessing contract made of the image, told from the very numbers that the model was given. */
        SeenInput: {
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /**
             * @description 1 = grey, 3 = colour (RGB).
             * @enum {integer}
             */
            channels: 1 | 3 | 4;
            /**
             * Format: byte
             * @description The pixels, 0 to 255, before they were scaled: a PNG in base64.
             */
            png: string;
        };
        /** @description With explain=occlusion: squares of a fifth of a side are covered by the paper of the picture (the median of each channel), one after the other, and the same version is asked how likely the same class is then. */
        Occlusion: {
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /**
             * Format: byte
             * @description Of the size of what the model was given: red where the score falls when that part is covered, blue where it rises, white where it stays; the strongest pixel is full red or blue. A PNG in base64.
             */
            png: string;
            /**
             * Format: double
             * @description How far the score falls at most when one square is covered.
             */
            mostFall: number;
            /**
             * Format: double
             * @description How far it rises at most.
             */
            mostRise: number;
        };
        /** @description With explain=gradient: integrated gradients of the logit of the class, from the paper of the picture (the median of each channel) to the picture. "for" less "against" is how much higher that logit is than for bare paper. */
        GradientMap: {
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /**
             * Format: byte
             * @description Of the size of what the model was given: red where a pixel speaks for the class, blue where it speaks against it, white where it says nothing; the strongest pixel is full red or blue. A PNG in base64.
             */
            png: string;
            /**
             * Format: double
             * @description What pixels add to the logit of the class, in sum.
             */
            for: number;
            /**
             * Format: double
             * @description What pixels take from it, in sum.
             */
            against: number;
        };
        /** @description With explain=nearest: a training example that the version has kept, the likest first. */
        NearestExample: {
            /** @description What it was learnt as. */
            label: string;
            /**
             * Format: double
             * @description The cosine of the angle between what the net finds in both, right before its last layer: 1 where that is the same.
             */
            similarity: number;
            /**
             * Format: int64
             * @description Which of the usable examples of its dataset it was, from 0 on.
             */
            row: number;
            /**
             * Format: byte
             * @description Its picture, as it lies in the dataset: a PNG in base64.
             */
            png: string;
        };
        /** @description How long each stage of the call took. */
        StageTimes: {
            /** Format: double */
            receive: number;
            /** Format: double */
            decode: number;
            /** Format: double */
            queue: number;
            /** Format: double */
            infer: number;
        };
        /** @description The run of the model that it was part of; left out for an image that was not usable. */
        PredictionBatch: {
            id: string;
            /**
             * Format: int64
             * @description Images of all callers in it.
             */
            size: number;
        };
        /** @description What came in, and what was done to it. */
        ImageProvenance: {
            /**
             * @description The container; pixels: numbers without a file.
             * @enum {string}
             */
            format: "png" | "jpeg" | "webp" | "gif" | "avif" | "tiff" | "pixels";
            /** @description Pixels were lost inside the file. */
            damaged: boolean;
            /** @description Brought to sRGB by the colour profile in the file. */
            icc: boolean;
            /** @description Transparency was laid on the grey of the contract. */
            alpha: boolean;
            /**
             * Format: double
             * @description How many times longer its sides became; 1: not at all.
             */
            enlarged: number;
            /** @description Of another ratio, so that the fit cover cut something off. */
            cropped: boolean;
        };
        ImageEvidence: {
            /** @description Of this prediction: the id of the call, a dot, a number from 0. */
            id: string;
            batch?: components["schemas"]["PredictionBatch"];
            provenance?: components["schemas"]["ImageProvenance"];
        };
        ReadDigit: {
            /** @description A class of the model. */
            label: string;
            /**
             * Format: double
             * @description Its probability, 0 to 1; of a model with sigmoids, that of this class by itself.
             */
            score: number;
            /** @description The best topK classes, best first. */
            top: components["schemas"]["ScoredClass"][];
            /** @description Reasons to doubt it; left out when there is none. */
            warnings?: ("damaged" | "blank" | "no_ink" | "several" | "uncertain")[];
            /** @description With sets=true: the classes that cannot be excluded, best first. */
            set?: string[];
            saw?: components["schemas"]["SeenInput"];
            occlusion?: components["schemas"]["Occlusion"];
            gradient?: components["schemas"]["GradientMap"];
            nearest?: components["schemas"]["NearestExample"][];
            box: components["schemas"]["PictureBox"];
        };
        ReadSign: {
            /**
             * @description By its shape and place.
             * @enum {string}
             */
            sign: "." | "," | "-" | "/";
            box: components["schemas"]["PictureBox"];
        };
        ReadLine: {
            text: string;
            /** @description The text with the signs between digits: . , - and /, told by shape and place. */
            written: string;
            box: components["schemas"]["PictureBox"];
            /** @description From left to right. Of one that was cut out of ink of several, scores are of the model and of the net that cut it, where the classes are the ten digits. */
            digits: components["schemas"]["ReadDigit"][];
            signs: components["schemas"]["ReadSign"][];
        };
        FailedPrediction: {
            error: components["schemas"]["ErrorBody"];
        };
        /** @description A prediction, where every digit is read a reading, or with partial=true an error. */
        PredictionResult: components["schemas"]["Prediction"] | components["schemas"]["Reading"] | components["schemas"]["FailedPrediction"];
        /**
         * @description UNLOADED: nobody asks for it here, and it is loaded when somebody does. UNAVAILABLE: it could not be loaded.
         * @enum {string}
         */
        VersionState: "UNLOADED" | "LOADING" | "READY" | "UNLOADING" | "UNAVAILABLE";
        Reason: {
            /** @description docs/errors.md lists them. */
            code: string;
            message: string;
        };
        BatchTime: {
            /**
             * Format: int64
             * @description Images in the batch.
             */
            size: number;
            /**
             * Format: double
             * @description How long the engine was busy with it.
             */
            ms: number;
            /**
             * Format: double
             * @description By how much its process had grown by then, since the model was opened.
             */
            memoryBytes?: number;
        };
        /** @description How its batches are run (docs/tuning.md). */
        Placement: {
            /**
             * Format: int64
             * @description Most images in one run, by what was measured; GLIMPSE_MAX_BATCH_SIZE bounds it.
             */
            batchSize: number;
            /**
             * Format: int64
             * @description Batches of so many images and fewer run on the thread that answers requests while it has no other one for this version, all others on the thread of the model; 0: none.
             */
            inlineUpTo: number;
            /** @description It was measured at an earlier start. */
            isKept: boolean;
            /** @description What was measured, from one image on. */
            curve: components["schemas"]["BatchTime"][];
        };
        ModelFile: {
            /** @description Relative to the version folder. */
            path: string;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            sha256: string;
        };
        ModelInput: {
            name: string;
            /**
             * @description The type of its numbers. uint8 = whole numbers from 0 to 255, as the preprocessing then makes them.
             * @enum {string}
             */
            dtype: "float32" | "uint8" | "float16";
            /**
             * @description Its axes: batch, channels, height, width; NHW has no axis of channels.
             * @enum {string}
             */
            layout: "NCHW" | "NHWC" | "NHW" | "NC";
            /** @description Of one example, without the batch axis. */
            shape: number[];
            /**
             * Format: int64
             * @description The only number of examples that the graph computes at once, where it was exported for one: no batch is larger, and one that is smaller is filled up.
             */
            batch?: number;
        };
        ModelOutput: {
            name: string;
            /**
             * @description logits = scores are their softmax; probabilities = scores that sum to one, served as they are; sigmoid = one score of 0..1 for each class by itself, served as they are.
             * @enum {string}
             */
            kind: "logits" | "probabilities" | "sigmoid";
        };
        Signature: {
            input: components["schemas"]["ModelInput"];
            output: components["schemas"]["ModelOutput"];
            classes: string[];
        };
        PixelSize: {
            width: number;
            height: number;
        };
        /** @description Stretched to the size. */
        ResizeFill: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "fill";
            size: components["schemas"]["PixelSize"];
            /**
             * @description linear is bilinear, cubic bicubic, as in Pillow, Keras and TensorFlow. nearest-floor and cubic-0.75 are what OpenCV calls nearest and cubic.
             * @enum {string}
             */
            kernel: "nearest" | "nearest-floor" | "linear" | "cubic" | "cubic-0.75" | "lanczos3";
            /** @description Whether the kernel grows with the factor by which an image shrinks, as in Pillow and in torchvision with antialias; OpenCV and TensorFlow do not do that by default. */
            antialias: boolean;
        };
        /** @description The smallest that covers the size, cut to it around the centre. */
        ResizeCover: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "cover";
            size: components["schemas"]["PixelSize"];
            /**
             * @description linear is bilinear, cubic bicubic, as in Pillow, Keras and TensorFlow. nearest-floor and cubic-0.75 are what OpenCV calls nearest and cubic.
             * @enum {string}
             */
            kernel: "nearest" | "nearest-floor" | "linear" | "cubic" | "cubic-0.75" | "lanczos3";
            /** @description Whether the kernel grows with the factor by which an image shrinks, as in Pillow and in torchvision with antialias; OpenCV and TensorFlow do not do that by default. */
            antialias: boolean;
        };
        /** @description border = the median of the outermost pixels. */
        PadColour: "border" | number[];
        Pad: {
            colour: components["schemas"]["PadColour"];
            /**
             * @description Where it lies. A crop in the centre begins at half of what is left over, rounded to even as torchvision does; a pad at half of it, rounded down.
             * @enum {string}
             */
            align: "centre" | "top-left";
        };
        /** @description The largest that fits into the size, padded to it. */
        ResizeContain: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "contain";
            size: components["schemas"]["PixelSize"];
            /**
             * @description linear is bilinear, cubic bicubic, as in Pillow, Keras and TensorFlow. nearest-floor and cubic-0.75 are what OpenCV calls nearest and cubic.
             * @enum {string}
             */
            kernel: "nearest" | "nearest-floor" | "linear" | "cubic" | "cubic-0.75" | "lanczos3";
            /** @description Whether the kernel grows with the factor by which an image shrinks, as in Pillow and in torchvision with antialias; OpenCV and TensorFlow do not do that by default. */
            antialias: boolean;
            pad: components["schemas"]["Pad"];
        };
        /** @description The shorter side has that length; a crop makes it the size of the input. */
        ResizeShorterSide: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "shorter-side";
            size: number;
            /**
             * @description linear is bilinear, cubic bicubic, as in Pillow, Keras and TensorFlow. nearest-floor and cubic-0.75 are what OpenCV calls nearest and cubic.
             * @enum {string}
             */
            kernel: "nearest" | "nearest-floor" | "linear" | "cubic" | "cubic-0.75" | "lanczos3";
            /** @description Whether the kernel grows with the factor by which an image shrinks, as in Pillow and in torchvision with antialias; OpenCV and TensorFlow do not do that by default. */
            antialias: boolean;
        };
        /** @description The longer side has that length; it is padded to the size of the input. */
        ResizeLongerSide: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "longer-side";
            size: number;
            /**
             * @description linear is bilinear, cubic bicubic, as in Pillow, Keras and TensorFlow. nearest-floor and cubic-0.75 are what OpenCV calls nearest and cubic.
             * @enum {string}
             */
            kernel: "nearest" | "nearest-floor" | "linear" | "cubic" | "cubic-0.75" | "lanczos3";
            /** @description Whether the kernel grows with the factor by which an image shrinks, as in Pillow and in torchvision with antialias; OpenCV and TensorFlow do not do that by default. */
            antialias: boolean;
            pad: components["schemas"]["Pad"];
        };
        Resize: components["schemas"]["ResizeFill"] | components["schemas"]["ResizeCover"] | components["schemas"]["ResizeContain"] | components["schemas"]["ResizeShorterSide"] | components["schemas"]["ResizeLongerSide"];
        /** @description What is kept after resizing. */
        Crop: {
            size: components["schemas"]["PixelSize"];
            /**
             * @description Where it lies. A crop in the centre begins at half of what is left over, rounded to even as torchvision does; a pad at half of it, rounded down.
             * @enum {string}
             */
            align: "centre" | "top-left";
        };
        /** @description Laid on that colour. */
        AlphaFlatten: {
            /** @description Per channel in the order of colourSpace, 0 to 255. */
            flatten: number[];
        };
        /** @description drop = colours as if nothing were transparent; ink = laid on white or black, whichever shows what is drawn; keep = the fourth channel of rgba, resized as the others are, 255 where a file has none. */
        AlphaRule: ("drop" | "ink" | "keep") | components["schemas"]["AlphaFlatten"];
        /** @description The second form: decoded as a whole, then resized, in the words of those who train. */
        PreprocessingTwo: {
            /**
             * @description The form of the contract.
             * @enum {integer}
             */
            contract: 2;
            /** @description Input width in pixels. */
            width: number;
            /** @description Input height in pixels. */
            height: number;
            /**
             * @description 1 = grey, 3 = colour, 4 = colour and alpha.
             * @enum {integer}
             */
            channels: 1 | 3 | 4;
            /** @enum {string} */
            colourSpace: "grey" | "rgb" | "bgr" | "rgba";
            resize: components["schemas"]["Resize"];
            crop?: components["schemas"]["Crop"];
            /**
             * @description apply = a colour profile in the file brings its values to sRGB.
             * @enum {string}
             */
            icc: "apply" | "ignore";
            alpha: components["schemas"]["AlphaRule"];
            /**
             * @description apply = turn the image upright as its EXIF orientation says.
             * @enum {string}
             */
            exif: "apply" | "ignore";
            /**
             * @description handwriting = find the ink and bring it into the frame of MNIST before anything else.
             * @enum {string}
             */
            canonicalise: "none" | "handwriting";
            /**
             * @description Where handwriting is looked for. border = the border of an image is its paper, which is what a contract that does not say means; find = the page in it is found first: frames, tables and bars are taken off, a page that lies askew is set upright, and its paper is told from place to place.
             * @enum {string}
             */
            page?: "border" | "find";
            /**
             * @description How many digits of a picture are answered. one = one, which is what a contract that does not say means; all = every digit, in reading order, as with read=line. Examples that are learnt from are one digit each in any case.
             * @enum {string}
             */
            read?: "one" | "all";
            /**
             * @description Invert when the border says the image has the other polarity.
             * @enum {string}
             */
            polarity: "as-is" | "light-on-dark" | "dark-on-light";
            /** @enum {string} */
            centring: "none" | "mass";
            /**
             * Format: double
             * @description Factor on 0..255, usually 1/255.
             */
            scale: number;
            /** @description Per channel in the order of colourSpace, after scale. */
            mean: number[];
            std: number[];
            /**
             * Format: int64
             * @description From so many pixels (width x height of the file) on a JPEG may be shrunk while it is decoded, never to less than twice of what it is resized to. Unless given, never.
             */
            shrinkOnLoadFrom?: number;
        };
        /** @description The first form, without "contract": resized while it is decoded. */
        PreprocessingOne: {
            /** @description Input width in pixels. */
            width: number;
            /** @description Input height in pixels. */
            height: number;
            /**
             * @description 1 = grey, 3 = colour.
             * @enum {integer}
             */
            channels: 1 | 3;
            /** @enum {string} */
            colourSpace: "grey" | "rgb" | "bgr";
            /**
             * @description fill = stretch; contain = keep the aspect and continue the border; cover = keep it and crop.
             * @enum {string}
             */
            fit: "fill" | "contain" | "cover";
            /**
             * @description handwriting = find the ink and bring it into the frame of MNIST before anything else.
             * @enum {string}
             */
            canonicalise: "none" | "handwriting";
            /**
             * @description Invert when the border says the image has the other polarity.
             * @enum {string}
             */
            polarity: "as-is" | "light-on-dark" | "dark-on-light";
            /** @enum {string} */
            centring: "none" | "mass";
            /**
             * Format: double
             * @description Factor on 0..255, usually 1/255.
             */
            scale: number;
            /** @description Per channel in the order of colourSpace, after scale. */
            mean: number[];
            std: number[];
            /** @description Grey level under transparency. */
            alphaBackground: number;
            /** @description Turn the image upright first. */
            exifRotation: boolean;
        };
        Preprocessing: components["schemas"]["PreprocessingTwo"] | components["schemas"]["PreprocessingOne"];
        /** @description What sets=true answers. */
        PredictionSets: {
            /**
             * Format: double
             * @description A class with this score or more cannot be excluded.
             */
            minScore: number;
            /**
             * Format: double
             * @description The share of images like those examples whose true class is among them, on average (split conformal prediction).
             */
            coverage: number;
        };
        Gate: {
            /**
             * Format: double
             * @description Less contrast between ink and paper than this: "blank". Handwriting only.
             */
            minContrast?: number;
            /**
             * Format: double
             * @description Ink and paper part less sharply than this (variance between them over all variance): "no_ink". Handwriting only.
             */
            minSeparability?: number;
            /**
             * Format: double
             * @description A best score (calibrated, as served) below this: "uncertain".
             */
            minScore?: number;
            /**
             * Format: double
             * @description What minScore promises: of images like the examples it was chosen by, at most this share is answered wrongly without a warning, on average over such images and examples (conformal risk control). Left out: nothing is promised.
             */
            maxError?: number;
            sets?: components["schemas"]["PredictionSets"];
            /**
             * Format: int64
             * @description By how many examples the thresholds were chosen.
             */
            chosenBy?: number;
            /**
             * Format: int64
             * @description There were few validation examples: they were scored by so many nets, each of which had learnt the others only (cross-validation).
             */
            folds?: number;
        };
        GoldenSample: {
            /** @description An encoded image among the files of the version. */
            file: string;
            /** @description The class it must come first with. */
            label: string;
            /** @description Expected probability per class, in class order. */
            scores: number[];
        };
        Lineage: {
            codeVersion?: string;
            /** Format: int64 */
            parent?: number;
            job?: string;
            /** Format: int64 */
            seed?: number;
            /** @description The command line that trains it again. */
            command?: string;
            dataset?: {
                [key: string]: unknown;
            };
            architecture?: unknown;
            hyperparameters?: {
                [key: string]: unknown;
            };
            /** @description Where a model trained elsewhere came from. */
            source?: string;
        };
        /** @description What servedAccuracy was found by. */
        ServedFigures: {
            /**
             * Format: int64
             * @description Examples sent as PNG, JPEG, or files.
             */
            images: number;
            /**
             * Format: int64
             * @description Right as they were read.
             */
            right: number;
            /**
             * Format: int64
             * @description Answered right as images.
             */
            served: number;
        };
        ClassMetrics: {
            class: string;
            examples: number;
            /** Format: double */
            precision: number | null;
            /** Format: double */
            recall: number | null;
        };
        Metrics: {
            /** Format: double */
            loss?: number;
            /** Format: double */
            accuracy?: number;
            /** @description Where the accuracy on further examples of the same kind lies with 95 % confidence (Wilson), as far as the examples were drawn one by one. */
            accuracyInterval?: number[];
            /**
             * Format: double
             * @description The accuracy when the same examples are sent as images, as to POST /predict: what was found by sending some of them.
             */
            servedAccuracy?: number;
            served?: components["schemas"]["ServedFigures"];
            /**
             * Format: double
             * @description Mean recall of the classes that have examples, each counted alike.
             */
            macroRecall?: number;
            /** @description How many the figures were measured on. */
            examples?: number;
            /** @description Which examples, in words. */
            measuredOn?: string;
            /** @description Rows: true class; columns: answered class. */
            confusionMatrix?: number[][];
            perClass?: components["schemas"]["ClassMetrics"][];
            /**
             * Format: double
             * @description Expected calibration error of the scores as served, 15 bins.
             */
            calibrationError?: number;
            /**
             * Format: double
             * @description Already folded into the model.
             */
            temperature?: number;
        };
        Histogram: {
            /** @description Ascending. A value belongs to the first edge that it is not above, else behind the last. */
            edges: number[];
            /** @description One more than edges. */
            counts: number[];
        };
        ProvenanceMarks: {
            /**
             * Format: int64
             * @description Pixels were lost inside the file.
             */
            damaged: number;
            /**
             * Format: int64
             * @description Brought to sRGB by the colour profile in the file.
             */
            icc: number;
            /**
             * Format: int64
             * @description Transparency was laid on the grey of the contract.
             */
            alpha: number;
            /**
             * Format: int64
             * @description Smaller than the input of the model.
             */
            enlarged: number;
            /**
             * Format: int64
             * @description Of another ratio, so that the fit cover cut something off.
             */
            cropped: number;
        };
        ProvenanceFigures: {
            /**
             * Format: int64
             * @description How many were read.
             */
            images: number;
            /** @description How many are in each container: png, jpeg, webp, gif, avif, tiff. */
            formats: {
                [key: string]: number;
            };
            marks: components["schemas"]["ProvenanceMarks"];
        };
        /** @description How the version answered the examples it was measured on: answered classes, best score, mean of the pixels as a share of white, contrast of the ink; and what the image files of its training set were. */
        Baseline: {
            /** @description How many: those that the figures were measured on. */
            examples: number;
            /** @description How often each class was answered, in class order. */
            classes: number[];
            confidence: components["schemas"]["Histogram"];
            brightness: components["schemas"]["Histogram"];
            contrast?: components["schemas"]["Histogram"];
            provenance?: components["schemas"]["ProvenanceFigures"];
        };
        CalibratedOn: {
            /** @description SHA-256 of the examples it was calibrated and compared on. */
            digest: string;
            examples: number;
        };
        QuantisationSide: {
            /**
             * Format: int64
             * @description Of the model with its weights.
             */
            bytes: number;
            /**
             * Format: double
             * @description On the examples they were compared on, where those had labels.
             */
            accuracy?: number;
            /**
             * Format: double
             * @description Milliseconds of an image by itself.
             */
            msAlone: number;
            /**
             * Format: int64
             * @description The size of batch that is best for it.
             */
            batchSize: number;
            /**
             * Format: double
             * @description Milliseconds of an image in such a batch.
             */
            msInBatch: number;
        };
        /** @description Where the model computes in eight bits: how it was quantised, and both models beside each other, on the machine that did it. */
        Quantisation: {
            /**
             * @description Values and weights of eight bits, by ranges that were seen on calibration examples; in the graph as QuantizeLinear and DequantizeLinear.
             * @enum {string}
             */
            method: "static-qdq";
            /**
             * @description min-max = all that was seen; least-error = the part of it with the least squared error. Whichever changed the scores less.
             * @enum {string}
             */
            ranges: "min-max" | "least-error";
            calibratedOn: components["schemas"]["CalibratedOn"];
            /**
             * Format: int64
             * @description Examples that the two models were compared on, none of which was calibrated on.
             */
            comparedOn: number;
            /**
             * Format: double
             * @description Of these examples, those that both models answer with the same class.
             */
            agreement: number;
            float: components["schemas"]["QuantisationSide"];
            quantised: components["schemas"]["QuantisationSide"];
        };
        /** @description Training examples that are shown by explain=nearest (keepExamples). */
        KeptExamples: {
            /** @description Among the files of the version. */
            file: string;
            /** Format: int64 */
            count: number;
            /**
             * Format: int64
             * @description How many numbers the net finds in each, right before its last layer.
             */
            features: number;
        };
        /**
         * @description promoted: it was to get the label production. kept: that label was to stay where it was.
         * @enum {string}
         */
        ReleaseDecision: "promoted" | "kept";
        /** @description Figures it must reach at least. */
        ReleaseFloors: {
            /**
             * Format: double
             * @description On every dataset that is compared on.
             */
            accuracy?: number;
            /**
             * Format: double
             * @description The same, every class counted alike.
             */
            macroRecall?: number;
            /**
             * Format: double
             * @description Of the version itself, measured as images.
             */
            servedAccuracy?: number;
        };
        ReleaseConditions: {
            /** @description What both versions are measured on, as a request of training names it: dataset:name@digest, mnist:test. Without it: what the model has been measured on since its first version, and what the run itself held out. */
            dataset?: string;
            floors?: components["schemas"]["ReleaseFloors"];
            /**
             * Format: double
             * @description By how much its accuracy may be below that of the present version. Without it: not worse beyond chance (McNemar’s test on the paired answers, one in twenty).
             */
            margin?: number;
            /** @description Class of the present version -> class of the new one that means the same, where names have changed. */
            classes?: {
                [key: string]: string;
            };
            /**
             * Format: double
             * @description Default: 0.05 more than the present version has on the same examples.
             */
            maxCalibrationError?: number;
            /**
             * Format: double
             * @description Its thresholds must promise that no greater share of images is answered wrongly without a warning (gate.maxError of the version).
             */
            maxError?: number;
            /**
             * Format: double
             * @description How many times as long an image may take as with the present version. Default 3; whatever takes less than 2 ms is fast enough.
             */
            maxSlowdown?: number;
        };
        /** @description never: only by hand. always: without comparison, when it has the same classes, was measured on unseen examples and answers the golden samples of the present version as recorded. if-better: when it is also not worse on the same held-out examples, nor badly calibrated, nor slow. An object: the same under conditions of its own. */
        ReleaseRule: ("never" | "always" | "if-better") | components["schemas"]["ReleaseConditions"];
        /** @enum {string} */
        ReleaseCheckName: "same-classes" | "unseen-examples" | "max-error" | "golden-samples" | "comparison";
        ReleaseCheck: {
            name: components["schemas"]["ReleaseCheckName"];
            passed: boolean;
            /** @description In words. */
            found: string;
        };
        ComparedFigures: {
            /** Format: double */
            accuracy: number;
            /** Format: double */
            macroRecall: number;
            /** Format: double */
            calibrationError: number;
            /**
             * Format: double
             * @description Of the model alone, in batches, where it was measured.
             */
            millisecondsPerImage: number;
        };
        ClassDisagreement: {
            class: string;
            /** @description Of this class. */
            examples: number;
            /**
             * Format: int64
             * @description Of them.
             */
            lost: number;
            /**
             * Format: int64
             * @description Of them.
             */
            gained: number;
        };
        VersionComparison: {
            /** @description What was compared on, in words. */
            dataset: string;
            /** @description Of the dataset these examples are of. */
            digest: string;
            /** @description How many; neither what the new version has learnt from, nor seen before. */
            examples: number;
            present: components["schemas"]["ComparedFigures"];
            candidate: components["schemas"]["ComparedFigures"];
            /**
             * Format: int64
             * @description Right by the present version, and wrong by the new one.
             */
            lost: number;
            /**
             * Format: int64
             * @description The other way round.
             */
            gained: number;
            /**
             * Format: double
             * @description How likely so many lost ones are where none is worse: McNemar’s exact test, one-sided.
             */
            chance: number;
            /** @description Classes of which one was answered rightly by only one of the two. */
            disagreements: components["schemas"]["ClassDisagreement"][];
        };
        LatestVersions: {
            /** Format: int64 */
            latest: number;
        };
        SpecificVersions: {
            specific: number[];
        };
        /** @description Which versions servers load beside those that answer for labels or by default: all; the newest so many ({"latest": 2}); those with these numbers ({"specific": [3, 7]}). Without it: the newest GLIMPSE_KEEP_VERSIONS. Every other one is loaded when a request selects it by its number. */
        LoadRule: "all" | components["schemas"]["LatestVersions"] | components["schemas"]["SpecificVersions"];
        /** @description How much of a server the model may take; the limits of the server hold as well. */
        ModelLimits: {
            /**
             * Format: int64
             * @description Most versions of it that are loaded at once.
             */
            versions?: number;
            /**
             * Format: int64
             * @description Most bytes that its loaded versions take together, estimated from their files.
             */
            bytes?: number;
            /**
             * Format: int64
             * @description Most images waiting for one of its versions; at most GLIMPSE_MAX_QUEUE_SIZE.
             */
            queue?: number;
        };
        Actor: {
            /** @description key, token, local, anonymous: who called. job: a training. terminal: a command. server: a server by itself. unknown: a program that does not say. */
            kind: string;
            /** @description Of the key or job, the user of the terminal, the name of the server. */
            id: string;
            /** @description For people. */
            name?: string;
        };
        TrafficShare: {
            /** Format: int64 */
            version?: number;
            label?: string;
            /**
             * Format: double
             * @description Of all weights together; 0: only where the others cannot answer.
             */
            weight: number;
        };
        /** @description A share of the requests is answered by this version as well, after and beside the answer: only compared, and left out where there is no room. */
        TrafficShadow: {
            /** Format: int64 */
            version?: number;
            label?: string;
            /**
             * Format: double
             * @description Of the requests.
             */
            share: number;
        };
        CanaryStep: {
            /**
             * Format: double
             * @description Of the callers.
             */
            share: number;
            /**
             * Format: double
             * @description How long it lasts at least.
             */
            bakeSeconds: number;
        };
        /** @description Against the version it is to replace. */
        CanaryBands: {
            /**
             * Format: double
             * @description How much more of the requests may fail by a fault of the server. Default 0.01.
             */
            errorRate?: number;
            /**
             * Format: double
             * @description How many times as long nineteen of twenty requests may take; 5 ms more are never too many. Default 2.
             */
            latency?: number;
            /**
             * Format: double
             * @description How much more of the predictions may carry a warning. Default 0.1.
             */
            warned?: number;
            /**
             * Format: double
             * @description How many of the compared predictions must be the same class; needs a shadow of it.
             */
            agreement?: number;
        };
        /** @description The version that production names answers all but a share that grows step by step. After the last step the label production moves to the canary; when its figures leave their band, everybody is answered by the version before. */
        CanaryPlan: {
            /** Format: int64 */
            version: number;
            steps: components["schemas"]["CanaryStep"][];
            /** @description How many requests one server must have seen it answer before it says anything of it, good or bad. Default 100. */
            minRequests?: number;
            bands?: components["schemas"]["CanaryBands"];
        };
        /**
         * @description What would be said of it now. waiting: too few requests; good: inside of its bands; worse: out of one.
         * @enum {string}
         */
        CanaryVerdict: "waiting" | "good" | "worse";
        /**
         * @description approve: it is done, as it was asked for, by another caller than the first. reject: it is forgotten.
         * @enum {string}
         */
        ApprovalDecision: "approve" | "reject";
        /** @enum {string} */
        DatasetFormat: "csv" | "json" | "ndjson" | "idx" | "parquet" | "arrow" | "numpy" | "tfrecord" | "cifar" | "images";
        FilePrefix: {
            /** @description A separator: "_" puts scene7_001.jpg and scene7_002.jpg together. */
            prefix: string;
        };
        /** @description Which examples stay together when some are set aside: those of image files whose names are the same up to the last separator. Without it images of a class that show the same scene (a burst, copies) do, as far as that can be seen; none parts them as well. */
        ExampleGroups: "none" | components["schemas"]["FilePrefix"];
        /** @description Name or position (from 0; -1 is the last) of the column or field that holds the label. Without it a column that is called label, class, target, category, digit or y is taken, or one with such a name (labels, class_id, label-name); a table with a header and none or several of these is refused. Without a header it is the column of words, else the first or the last by what they hold, or asked for. */
        LabelColumn: string | number;
        /** @description What the numbers of a table or an IDX file mean: the value of white, or [black, white]. Without it they are 0..255, and a dataset whose values can hardly be that is refused. Images have a range of their own. */
        PixelRange: number | number[];
        /**
         * @description Whether the channels of a pixel lie together (hwc), or one plane comes after the other (chw). Without it flat pixels are hwc and nested ones what their nesting says; what could be both is refused.
         * @enum {string}
         */
        PixelLayout: "hwc" | "chw";
        /** @description Of one example; guessed for square images when left out. Image files are brought to it: 28x28 grey when left out. */
        ExampleShape: {
            width: number;
            height: number;
            /** @enum {integer} */
            channels: 1 | 3;
        };
        DatasetSpec: {
            /** @description dataset:name (a stored dataset, its latest) or dataset:name@digest, mnist:, mnist:test, sample:, s3://bucket/key, s3://bucket/prefix/, or file:path (a plain path too; a file, a folder or an archive) under GLIMPSE_DATASET_ROOT. Without it the uploaded files are read. */
            uri?: string;
            /** @description The file or folder to read inside of the archive or folder that uri names, or of the upload: "mnist/train.csv", "set.zip/train". Without it all of it is read. */
            path?: string;
            /** @description IDX, .npy: the file of labels, when its name does not follow from the images’. Images: the manifest that lists them, when it does not lie among them. */
            labelsUri?: string;
            format?: components["schemas"]["DatasetFormat"];
            /**
             * Format: int64
             * @description Usable examples to pass over first.
             */
            offset?: number;
            /**
             * Format: int64
             * @description Most examples to take.
             */
            limit?: number;
            /** @description Class names in answer order; without them the labels met, sorted. */
            classes?: string[];
            group?: components["schemas"]["ExampleGroups"];
            labelColumn?: components["schemas"]["LabelColumn"];
            /** @description Name of the column, field or array that holds the images, where it is one. Without it the one with a usual name is taken (image, images, pixels, features, data, x), or the only one there is. */
            imageColumn?: string;
            /**
             * @description Which part of a dataset that holds several (x_train and x_test of a .npz, the four files of MNIST, the batches of CIFAR). Without it the training part is read, and the test part measured on.
             * @enum {string}
             */
            split?: "train" | "validation" | "test";
            range?: components["schemas"]["PixelRange"];
            layout?: components["schemas"]["PixelLayout"];
            shape?: components["schemas"]["ExampleShape"];
        };
        /**
         * @description Default linear. The last layer stays linear: its outputs are the logits.
         * @enum {string}
         */
        Activation: "linear" | "relu" | "leakyRelu" | "elu" | "tanh" | "sigmoid" | "gelu";
        /** @description Every output sees every input. */
        DenseLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "dense";
            /** @description How many outputs. May be left out on the last layer: one for each class. */
            units?: number;
            activation?: components["schemas"]["Activation"];
            /** @description Default true. */
            useBias?: boolean;
        };
        /** @description One number for both, or [height, width]. */
        Pair: number | number[];
        /** @description Learnt filters that slide over an image. */
        Conv2dLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "conv2d";
            filters: number;
            kernelSize: components["schemas"]["Pair"];
            strides?: components["schemas"]["Pair"];
            /**
             * @description same pads with zeros so that stride 1 keeps the size. Default valid.
             * @enum {string}
             */
            padding?: "valid" | "same";
            activation?: components["schemas"]["Activation"];
            /** @description Default true. */
            useBias?: boolean;
        };
        /** @description The largest of each window; 2x2 by default, strides as the window. */
        MaxPool2dLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "maxPool2d";
            poolSize?: components["schemas"]["Pair"];
            strides?: components["schemas"]["Pair"];
            /**
             * @description same pads with zeros so that stride 1 keeps the size. Default valid.
             * @enum {string}
             */
            padding?: "valid" | "same";
        };
        /** @description The mean of each window; 2x2 by default, strides as the window. */
        AveragePool2dLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "averagePool2d";
            poolSize?: components["schemas"]["Pair"];
            strides?: components["schemas"]["Pair"];
            /**
             * @description same pads with zeros so that stride 1 keeps the size. Default valid.
             * @enum {string}
             */
            padding?: "valid" | "same";
        };
        /** @description The mean of each channel: a flat row. */
        GlobalAveragePooling2dLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "globalAveragePooling2d";
        };
        /** @description Mean 0 and variance 1 for each channel, then a learnt scale and shift. */
        BatchNormalizationLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "batchNormalization";
            /**
             * Format: double
             * @description Memory of the running averages. Default 0.9.
             */
            momentum?: number;
            /**
             * Format: double
             * @description Default 0.001.
             */
            epsilon?: number;
        };
        /** @description Reads an image row by row. */
        SimpleRnnLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "simpleRnn";
            units: number;
            /** @description Every step, not the last alone. Default false. */
            returnSequences?: boolean;
        };
        /** @description Reads an image row by row, with a long memory. */
        LstmLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "lstm";
            units: number;
            /** @description Every step, not the last alone. Default false. */
            returnSequences?: boolean;
        };
        /** @description Reads an image row by row, with a gated memory. */
        GruLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "gru";
            units: number;
            /** @description Every step, not the last alone. Default false. */
            returnSequences?: boolean;
        };
        /** @description Does nothing when serving. */
        DropoutLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "dropout";
            /**
             * Format: double
             * @description The share of its inputs that is zeroed at each training step.
             */
            rate: number;
        };
        /** @description One long row for each example. */
        FlattenLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "flatten";
        };
        /** @description An activation by itself, e.g. after batch norm. */
        ActivationLayer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "activation";
            activation: components["schemas"]["Activation"];
        };
        Layer: components["schemas"]["DenseLayer"] | components["schemas"]["Conv2dLayer"] | components["schemas"]["MaxPool2dLayer"] | components["schemas"]["AveragePool2dLayer"] | components["schemas"]["GlobalAveragePooling2dLayer"] | components["schemas"]["BatchNormalizationLayer"] | components["schemas"]["SimpleRnnLayer"] | components["schemas"]["LstmLayer"] | components["schemas"]["GruLayer"] | components["schemas"]["DropoutLayer"] | components["schemas"]["FlattenLayer"] | components["schemas"]["ActivationLayer"];
        LayeredArchitecture: {
            layers: components["schemas"]["Layer"][];
        };
        /** @description The name of a preset, or layers from input to output, of which the last one is a dense layer whose "units" default to the number of classes; or transfer: one dense layer on top of a backbone that has learnt other images, for photographs, of which fifty will do; or auto: chosen by the data, with its recipe and, where image files have no "shape", their size. Default: dense for handwriting and with startFrom, else auto. */
        Architecture: ("dense" | "cnn-tiny" | "cnn" | "cnn-wide" | "cnn-large" | "rnn" | "lstm" | "gru" | "transfer" | "auto") | components["schemas"]["LayeredArchitecture"];
        /** @description With the architecture transfer: the version to learn on top of, a classifier or an extractor of features in ONNX. Taken is what goes into its last dense layer. Default: EfficientNet-Lite0, which comes with the program and has learnt ImageNet. */
        Backbone: {
            model: string;
            /** Format: int64 */
            version: number;
        };
        SgdOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "sgd";
            /**
             * Format: double
             * @description The peak of the schedule. Default 0.01.
             */
            learningRate?: number;
        };
        MomentumOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "momentum";
            /**
             * Format: double
             * @description The peak of the schedule. Default 0.01.
             */
            learningRate?: number;
            /**
             * Format: double
             * @description Share of the last move that is kept. Default 0.9.
             */
            momentum?: number;
            /** @description Look ahead. Default false. */
            nesterov?: boolean;
        };
        RmspropOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "rmsprop";
            /**
             * Format: double
             * @description The peak of the schedule. Default 0.001.
             */
            learningRate?: number;
            /**
             * Format: double
             * @description Memory of the mean squared gradient. Default 0.9.
             */
            rho?: number;
            /**
             * Format: double
             * @description Keeps divisions finite. Default 1e-7.
             */
            epsilon?: number;
        };
        AdagradOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "adagrad";
            /**
             * Format: double
             * @description The peak of the schedule. Default 0.001.
             */
            learningRate?: number;
            /**
             * Format: double
             * @description Where the sum of squares starts. Default 0.1.
             */
            initialAccumulator?: number;
            /**
             * Format: double
             * @description Keeps divisions finite. Default 1e-7.
             */
            epsilon?: number;
        };
        AdamOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "adam";
            /**
             * Format: double
             * @description The peak of the schedule. Default 0.001.
             */
            learningRate?: number;
            /**
             * Format: double
             * @description Memory of the mean gradient. Default 0.9.
             */
            beta1?: number;
            /**
             * Format: double
             * @description Memory of the mean squared gradient. Default 0.999.
             */
            beta2?: number;
            /**
             * Format: double
             * @description Keeps divisions finite. Default 1e-7.
             */
            epsilon?: number;
        };
        AdamwOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "adamw";
            /**
             * Format: double
             * @description The peak of the schedule. Default 0.001.
             */
            learningRate?: number;
            /**
             * Format: double
             * @description Memory of the mean gradient. Default 0.9.
             */
            beta1?: number;
            /**
             * Format: double
             * @description Memory of the mean squared gradient. Default 0.999.
             */
            beta2?: number;
            /**
             * Format: double
             * @description Keeps divisions finite. Default 1e-7.
             */
            epsilon?: number;
            /**
             * Format: double
             * @description Pull to zero, times the learning rate. Default 0.004.
             */
            weightDecay?: number;
        };
        /** @description How gradients become updates. */
        Optimizer: components["schemas"]["SgdOptimizer"] | components["schemas"]["MomentumOptimizer"] | components["schemas"]["RmspropOptimizer"] | components["schemas"]["AdagradOptimizer"] | components["schemas"]["AdamOptimizer"] | components["schemas"]["AdamwOptimizer"];
        /** @description How gradients become updates: a name, or an object with it. Default adam. */
        RequestedOptimizer: ("sgd" | "momentum" | "rmsprop" | "adagrad" | "adam" | "adamw") | components["schemas"]["Optimizer"];
        ConstantSchedule: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "constant";
        };
        StepSchedule: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "step";
            /**
             * Format: double
             * @description Default 0.1.
             */
            factor?: number;
            /**
             * Format: double
             * @description Share of the run after which it drops again. Default 1/3.
             */
            every?: number;
        };
        ExponentialSchedule: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "exponential";
            /**
             * Format: double
             * @description Share of the peak left at the end. Default 0.01.
             */
            final?: number;
        };
        CosineSchedule: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "cosine";
            /**
             * Format: double
             * @description Share of the peak left at the end. Default 0.
             */
            final?: number;
        };
        OneCycleSchedule: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            name: "one-cycle";
        };
        /** @description How the learning rate moves from the first step to the last. */
        Schedule: components["schemas"]["ConstantSchedule"] | components["schemas"]["StepSchedule"] | components["schemas"]["ExponentialSchedule"] | components["schemas"]["CosineSchedule"] | components["schemas"]["OneCycleSchedule"];
        /** @description How the learning rate moves from the first step to the last: a name, or an object with it. Default: what the recipe of the architecture says. */
        RequestedSchedule: ("constant" | "step" | "exponential" | "cosine" | "one-cycle") | components["schemas"]["Schedule"];
        /** @description A factor by class name, 1 where left out; or balanced: rare classes weigh more. */
        ClassWeights: "balanced" | {
            [key: string]: number;
        };
        AugmentationAmounts: {
            /**
             * Format: double
             * @description Largest turn in degrees. Default 0.
             */
            rotation?: number;
            /**
             * Format: double
             * @description Largest horizontal shear. Default 0.
             */
            shear?: number;
            /**
             * Format: double
             * @description Largest change of width and of height, as a share: 0.15 is 1/1.15 to 1.15. Default 0.
             */
            zoom?: number;
            /**
             * Format: double
             * @description Largest shift in pixels. Default 0.
             */
            shift?: number;
            /**
             * Format: double
             * @description Standard deviation of the control points of a smooth warp, in pixels. Default 0.
             */
            elastic?: number;
            /**
             * Format: double
             * @description How far strokes may grow or shrink, as a share of one pixel around. Default 0.
             */
            thickness?: number;
            /**
             * @description What lies outside of the image. Default black.
             * @enum {string}
             */
            border?: "black" | "edge";
        };
        /** @description How training examples are varied, anew in every epoch: none, a preset (shift, handwriting, photo), or amounts. Default: what the recipe of the architecture says. */
        Augmentation: ("none" | "shift" | "handwriting" | "photo") | components["schemas"]["AugmentationAmounts"];
        /** @description Images that show none of the classes, for which the net learns to find every class equally likely, so that others like them get the warning uncertain. letters: drawn letters, words, signs, scribbles and shapes, for a model of handwritten digits; or a dataset, whose labels are not looked at. */
        Outliers: "letters" | components["schemas"]["DatasetSpec"];
        /** @description A version with the same architecture, trained here, whose parameters are the first ones (fine-tuning); without it they are random. */
        StartFrom: {
            /** @description Default: the model itself. */
            model?: string;
            /** Format: int64 */
            version: number;
        };
        /** @description Ends early, and keeps the parameters of the best epoch. */
        EarlyStopping: {
            /**
             * Format: int64
             * @description Epochs without a better validation loss.
             */
            patience: number;
            /**
             * Format: double
             * @description Default 0.
             */
            minDelta?: number;
        };
        /** @description A number for shorter-side and longer-side. By default that of the input, where that is one. */
        RequestedSize: number | components["schemas"]["PixelSize"];
        /** @description What is left out: fill, linear, with antialias; padded with the border. */
        RequestedResize: {
            /**
             * @description fill = stretch; contain = keep the aspect and pad; cover = keep it and cut; shorter-side, longer-side = keep it, one side has the size.
             * @enum {string}
             */
            mode?: "fill" | "contain" | "cover" | "shorter-side" | "longer-side";
            size?: components["schemas"]["RequestedSize"];
            /**
             * @description linear is bilinear, cubic bicubic, as in Pillow, Keras and TensorFlow. nearest-floor and cubic-0.75 are what OpenCV calls nearest and cubic.
             * @enum {string}
             */
            kernel?: "nearest" | "nearest-floor" | "linear" | "cubic" | "cubic-0.75" | "lanczos3";
            /** @description Whether the kernel grows with the factor by which an image shrinks, as in Pillow and in torchvision with antialias; OpenCV and TensorFlow do not do that by default. */
            antialias?: boolean;
            pad?: components["schemas"]["Pad"];
        };
        /** @description By default of the size of the input, from the centre. */
        RequestedCrop: {
            size?: components["schemas"]["PixelSize"];
            /**
             * @description Where it lies. A crop in the centre begins at half of what is left over, rounded to even as torchvision does; a pad at half of it, rounded down.
             * @enum {string}
             */
            align?: "centre" | "top-left";
        };
        /** @description How images sent to the model become what the dataset holds. By default as for the version before, else resized; the digits of MNIST and of our samples are also brought into the frame of MNIST. */
        RequestedPreprocessing: {
            /**
             * @description A contract by its name.
             * @enum {string}
             */
            preset?: "plain" | "mnist" | "handwriting" | "imagenet-torchvision" | "imagenet-keras-caffe" | "imagenet-keras-tf" | "imagenet-keras-torch";
            /**
             * @description The form of the contract.
             * @enum {integer}
             */
            contract?: 2;
            /** @enum {string} */
            colourSpace?: "grey" | "rgb" | "bgr" | "rgba";
            resize?: components["schemas"]["RequestedResize"];
            crop?: components["schemas"]["RequestedCrop"];
            /**
             * @description apply = a colour profile in the file brings its values to sRGB.
             * @enum {string}
             */
            icc?: "apply" | "ignore";
            alpha?: components["schemas"]["AlphaRule"];
            /**
             * @description apply = turn the image upright as its EXIF orientation says.
             * @enum {string}
             */
            exif?: "apply" | "ignore";
            /**
             * @description handwriting = find the ink and bring it into the frame of MNIST before anything else.
             * @enum {string}
             */
            canonicalise?: "none" | "handwriting";
            /**
             * @description Where handwriting is looked for. border = the border of an image is its paper, which is what a contract that does not say means; find = the page in it is found first: frames, tables and bars are taken off, a page that lies askew is set upright, and its paper is told from place to place.
             * @enum {string}
             */
            page?: "border" | "find";
            /**
             * @description How many digits of a picture are answered. one = one, which is what a contract that does not say means; all = every digit, in reading order, as with read=line. Examples that are learnt from are one digit each in any case.
             * @enum {string}
             */
            read?: "one" | "all";
            /**
             * @description Invert when the border says the image has the other polarity.
             * @enum {string}
             */
            polarity?: "as-is" | "light-on-dark" | "dark-on-light";
            /** @enum {string} */
            centring?: "none" | "mass";
            /**
             * Format: double
             * @description Factor on 0..255, usually 1/255.
             */
            scale?: number;
            /** @description Per channel in the order of colourSpace, after scale. */
            mean?: number[];
            std?: number[];
            /**
             * Format: int64
             * @description From so many pixels (width x height of the file) on a JPEG may be shrunk while it is decoded, never to less than twice of what it is resized to. Unless given, never.
             */
            shrinkOnLoadFrom?: number;
            /**
             * @description The earlier word for resize.mode.
             * @enum {string}
             */
            fit?: "fill" | "contain" | "cover";
            /** @description The earlier word for alpha.flatten. */
            alphaBackground?: number;
            /** @description The earlier word for exif. */
            exifRotation?: boolean;
        };
        QuantisationGate: {
            /**
             * Format: double
             * @description By how much of 1 its accuracy may fall. Default 0.005, half a point.
             */
            maxAccuracyFall?: number;
            /**
             * Format: double
             * @description The share of examples that both must answer alike. Default 0.99.
             */
            minAgreement?: number;
        };
        /** @description Serve the net in eight bits, unless it is worse so on the held-out examples: then in float32, and a note says why. An object says how much worse it may be. Default false. */
        Quantise: boolean | components["schemas"]["QuantisationGate"];
        /** @description Where the new version answers. promote: when it gets the label production by itself; what the policy of the model says when left out. */
        PublishOptions: {
            /** @description A label to point at the new version, whatever it is: with production it answers by default at once. */
            label?: string;
            promote?: components["schemas"]["ReleaseRule"];
        };
        /** @description How an image becomes the input: a preset, any fields of the contract, and the size where the graph leaves it open. By default images are stretched to the input, 0..1. */
        UploadedPreprocessing: {
            /**
             * @description A contract by its name.
             * @enum {string}
             */
            preset?: "plain" | "mnist" | "handwriting" | "imagenet-torchvision" | "imagenet-keras-caffe" | "imagenet-keras-tf" | "imagenet-keras-torch";
            /**
             * @description The form of the contract.
             * @enum {integer}
             */
            contract?: 2;
            /** @enum {string} */
            colourSpace?: "grey" | "rgb" | "bgr" | "rgba";
            resize?: components["schemas"]["RequestedResize"];
            crop?: components["schemas"]["RequestedCrop"];
            /**
             * @description apply = a colour profile in the file brings its values to sRGB.
             * @enum {string}
             */
            icc?: "apply" | "ignore";
            alpha?: components["schemas"]["AlphaRule"];
            /**
             * @description apply = turn the image upright as its EXIF orientation says.
             * @enum {string}
             */
            exif?: "apply" | "ignore";
            /**
             * @description handwriting = find the ink and bring it into the frame of MNIST before anything else.
             * @enum {string}
             */
            canonicalise?: "none" | "handwriting";
            /**
             * @description Where handwriting is looked for. border = the border of an image is its paper, which is what a contract that does not say means; find = the page in it is found first: frames, tables and bars are taken off, a page that lies askew is set upright, and its paper is told from place to place.
             * @enum {string}
             */
            page?: "border" | "find";
            /**
             * @description How many digits of a picture are answered. one = one, which is what a contract that does not say means; all = every digit, in reading order, as with read=line. Examples that are learnt from are one digit each in any case.
             * @enum {string}
             */
            read?: "one" | "all";
            /**
             * @description Invert when the border says the image has the other polarity.
             * @enum {string}
             */
            polarity?: "as-is" | "light-on-dark" | "dark-on-light";
            /** @enum {string} */
            centring?: "none" | "mass";
            /**
             * Format: double
             * @description Factor on 0..255, usually 1/255.
             */
            scale?: number;
            /** @description Per channel in the order of colourSpace, after scale. */
            mean?: number[];
            std?: number[];
            /**
             * Format: int64
             * @description From so many pixels (width x height of the file) on a JPEG may be shrunk while it is decoded, never to less than twice of what it is resized to. Unless given, never.
             */
            shrinkOnLoadFrom?: number;
            /**
             * @description The earlier word for resize.mode.
             * @enum {string}
             */
            fit?: "fill" | "contain" | "cover";
            /** @description The earlier word for alpha.flatten. */
            alphaBackground?: number;
            /** @description The earlier word for exif. */
            exifRotation?: boolean;
            /** @description Input width in pixels. */
            width?: number;
            /** @description Input height in pixels. */
            height?: number;
            /**
             * @description 1 = grey, 3 = colour, 4 = colour and alpha.
             * @enum {integer}
             */
            channels?: 1 | 3 | 4;
        };
        /** @description Publish an ONNX model in eight bits, unless it is worse so than these fields allow. At least 64 examples, half of which it is compared on, come as the parts "calibration" of the form, or from the place that the dataset names: with labels as in training, or images alone in one ZIP file. */
        QuantiseUpload: {
            dataset?: components["schemas"]["DatasetSpec"];
            /**
             * Format: double
             * @description By how much of 1 its accuracy may fall. Default 0.005, half a point.
             */
            maxAccuracyFall?: number;
            /**
             * Format: double
             * @description The share of examples that both must answer alike. Default 0.99.
             */
            minAgreement?: number;
        };
        /**
         * @description interrupted: the server is shutting down; the job goes on when it is back.
         * @enum {string}
         */
        JobState: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "interrupted";
        /** @enum {string} */
        JobKind: "train" | "evaluate" | "import" | "look" | "predict" | "publish" | "search" | "trial";
        /** @description What a request with the architecture auto says of its recipe; the rest follows with its net. */
        AskedRecipe: {
            optimizer?: components["schemas"]["RequestedOptimizer"];
            schedule?: components["schemas"]["RequestedSchedule"];
            /** @description Default 32 or 50, by the recipe of the architecture. */
            batchSize?: number;
            /**
             * Format: double
             * @description Default 0 or 0.1, by the recipe of the architecture.
             */
            labelSmoothing?: number;
            augmentation?: components["schemas"]["Augmentation"];
            /** @description Default 50. */
            epochs?: number;
        };
        DecidedTrainRequest: {
            /** @description The model the new version belongs to. Default: digits. */
            model: string;
            dataset: components["schemas"]["DatasetSpec"];
            architecture: components["schemas"]["Architecture"];
            optimizer: components["schemas"]["Optimizer"];
            schedule: components["schemas"]["Schedule"];
            /** @description Default 50. */
            epochs: number;
            /** @description Default 32 or 50, by the recipe of the architecture. */
            batchSize: number;
            /**
             * Format: double
             * @description Share of the dataset to watch and choose by. Default 0.1, or 0 with an evaluation dataset (then a part of that one is used).
             */
            validationSplit: number;
            /**
             * Format: double
             * @description Share of the dataset only measured on. Default 0.1, or 0 with an evaluation dataset.
             */
            testSplit: number;
            /**
             * Format: int64
             * @description The same seed gives the same bytes. Default 1.
             */
            seed: number;
            /** @description How many workers share every batch, at least 8 examples each, on as many threads as there may be. Another number gives other bytes. Default 1. */
            workers: number;
            /**
             * Format: double
             * @description Default 0 or 0.1, by the recipe of the architecture.
             */
            labelSmoothing: number;
            /**
             * Format: double
             * @description Strength on kernels. Default 0.
             */
            l2: number;
            augmentation: components["schemas"]["Augmentation"];
            publish: components["schemas"]["PublishOptions"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows: number;
            evaluation?: components["schemas"]["DatasetSpec"];
            /**
             * Format: double
             * @description Largest norm of all gradients.
             */
            gradientClip?: number;
            classWeights?: components["schemas"]["ClassWeights"];
            earlyStopping?: components["schemas"]["EarlyStopping"];
            preprocessing?: components["schemas"]["RequestedPreprocessing"];
            quantise?: components["schemas"]["Quantise"];
            /** @description So many of the training examples are kept in the version, as pictures and as what the net finds in them, to be shown by explain=nearest: of each class as many as of the others, as far as it has so many. Whoever may ask the version, or read its files, can see them. Without it none are. */
            keepExamples?: number;
            outliers?: components["schemas"]["Outliers"];
            startFrom?: components["schemas"]["StartFrom"];
            /**
             * Format: double
             * @description The share of images that may be answered wrongly without the warning uncertain: its threshold is chosen for that (conformal risk control), which takes at least 1/maxError - 1 validation examples. Default 0.05. Wherever there are 100 of them, the threshold is at least what 99 of 100 pass.
             */
            maxError?: number;
            backbone?: components["schemas"]["Backbone"];
            /** @description What was decided for the caller, in words. */
            note?: string;
            asked?: components["schemas"]["AskedRecipe"];
            /** @description Why auto came to its net. */
            chosen?: string;
        };
        DecidedEvaluateRequest: {
            model: string;
            /** Format: int64 */
            version: number;
            dataset: components["schemas"]["DatasetSpec"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows: number;
        };
        DecidedImportRequest: {
            /** @description The name it is stored under. */
            name: string;
            dataset: components["schemas"]["DatasetSpec"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows: number;
            /** @description Leave in what has the same pixels as another example, and only report it. Default false. */
            keepDuplicates: boolean;
            preprocessing?: components["schemas"]["RequestedPreprocessing"];
        };
        DecidedLookRequest: {
            /** @description The model that is to be trained with it: images are prepared as those of its newest version, as training would. Default: none. */
            model?: string;
            dataset: components["schemas"]["DatasetSpec"];
            /** Format: double */
            maxBadRows: number;
            preprocessing?: components["schemas"]["RequestedPreprocessing"];
            /**
             * Format: double
             * @description As in training. Default 0.1.
             */
            validationSplit: number;
            /**
             * Format: double
             * @description As in training. Default 0.1.
             */
            testSplit: number;
            /**
             * Format: int64
             * @description As in training: it decides which examples are learnt from. Default 1.
             */
            seed: number;
        };
        /** @description As a dataset of a training request, with labels or without: they are not looked at. Of a folder, a prefix or an archive every image is read, else the rows of its table. */
        InputSpec: {
            /** @description dataset:name (a stored dataset, its latest) or dataset:name@digest, mnist:, mnist:test, sample:, s3://bucket/key, s3://bucket/prefix/, or file:path (a plain path too; a file, a folder or an archive) under GLIMPSE_DATASET_ROOT. Without it the uploaded files are read. */
            uri?: string;
            /** @description The file or folder to read inside of the archive or folder that uri names, or of the upload: "mnist/train.csv", "set.zip/train". Without it all of it is read. */
            path?: string;
            /** @description IDX, .npy: the file of labels, when its name does not follow from the images’. Images: the manifest that lists them, when it does not lie among them. */
            labelsUri?: string;
            format?: components["schemas"]["DatasetFormat"];
            group?: components["schemas"]["ExampleGroups"];
            labelColumn?: components["schemas"]["LabelColumn"];
            /** @description Name of the column, field or array that holds the images, where it is one. Without it the one with a usual name is taken (image, images, pixels, features, data, x), or the only one there is. */
            imageColumn?: string;
            /**
             * @description Which part of a dataset that holds several (x_train and x_test of a .npz, the four files of MNIST, the batches of CIFAR). Without it the training part is read, and the test part measured on.
             * @enum {string}
             */
            split?: "train" | "validation" | "test";
            range?: components["schemas"]["PixelRange"];
            layout?: components["schemas"]["PixelLayout"];
            shape?: components["schemas"]["ExampleShape"];
        };
        /**
         * @description Of the parts: a JSON object on each line (the default), Arrow IPC files, or Parquet files.
         * @enum {string}
         */
        PredictionFormat: "json-lines" | "arrow-ipc" | "apache-parquet";
        DecidedPredictRequest: {
            model: string;
            /** Format: int64 */
            version: number;
            dataset: components["schemas"]["InputSpec"];
            /** @description Where the predictions go: s3://bucket/prefix under one of GLIMPSE_DATASET_URIS, or a folder under GLIMPSE_DATASET_ROOT. Nothing else may lie there. */
            out: string;
            format: components["schemas"]["PredictionFormat"];
            /** @description How many classes for each image, best first. Default 3. */
            topK: number;
            /** @description Rows of one part, which is what a resumed job does not do again. Default 1000. */
            rowsPerPart: number;
        };
        ResolvedPublishRequest: {
            model: string;
            /** @description In the order of the scores; of a single score the class of 0, then that of 1. By default those that the model has in its metadata or operators. */
            classes?: string[];
            preprocessing?: components["schemas"]["UploadedPreprocessing"];
            /** @description Of the input, where the graph leaves axes open: 3,224,224 or N,224,224,3. */
            shape?: string;
            /**
             * @description Whether the channels come first or last, where the graph does not tell.
             * @enum {string}
             */
            layout?: "NCHW" | "NHWC";
            /** @description Which output holds the scores, when the graph has several that could. */
            output?: string;
            /**
             * @description What the output gives. By default found out from the graph and by trying.
             * @enum {string}
             */
            outputKind?: "logits" | "probabilities" | "sigmoid";
            /**
             * Format: double
             * @description A best score (calibrated, as served) below this: "uncertain".
             */
            minScore?: number;
            quantise?: components["schemas"]["QuantiseUpload"];
            /** @description Also point this label at the new version. Needs the scope "release". */
            label?: string;
            /** @description Where it comes from, for its lineage. By default the name of the file. */
            source?: string;
        };
        /**
         * @description random: every trial is trained for all epochs. successive-halving: all begin with a few epochs, and the best of them are trained anew for more. Default random.
         * @enum {string}
         */
        SearchMethod: "random" | "successive-halving";
        /**
         * @description What trials are compared by, on the validation examples: the largest accuracy (of two alike the smaller loss), or the smallest loss. Default accuracy.
         * @enum {string}
         */
        SearchObjective: "accuracy" | "loss";
        /** @description What every trial is trained by, as POST /train takes it; the values of a trial go on top. Its seed draws the trials, too. */
        SearchedTraining: {
            /** @description The model the new version belongs to. Default: digits. */
            model?: string;
            dataset?: components["schemas"]["DatasetSpec"];
            evaluation?: components["schemas"]["DatasetSpec"];
            architecture?: components["schemas"]["Architecture"];
            backbone?: components["schemas"]["Backbone"];
            optimizer?: components["schemas"]["RequestedOptimizer"];
            schedule?: components["schemas"]["RequestedSchedule"];
            /** @description Default 50. */
            epochs?: number;
            /** @description Default 32 or 50, by the recipe of the architecture. */
            batchSize?: number;
            /**
             * Format: double
             * @description Share of the dataset to watch and choose by. Default 0.1, or 0 with an evaluation dataset (then a part of that one is used).
             */
            validationSplit?: number;
            /**
             * Format: double
             * @description Share of the dataset only measured on. Default 0.1, or 0 with an evaluation dataset.
             */
            testSplit?: number;
            /**
             * Format: int64
             * @description The same seed gives the same bytes. Default 1.
             */
            seed?: number;
            /** @description How many workers share every batch, at least 8 examples each, on as many threads as there may be. Another number gives other bytes. Default 1. */
            workers?: number;
            /**
             * Format: double
             * @description Default 0 or 0.1, by the recipe of the architecture.
             */
            labelSmoothing?: number;
            /**
             * Format: double
             * @description Strength on kernels. Default 0.
             */
            l2?: number;
            /**
             * Format: double
             * @description Largest norm of all gradients.
             */
            gradientClip?: number;
            classWeights?: components["schemas"]["ClassWeights"];
            augmentation?: components["schemas"]["Augmentation"];
            outliers?: components["schemas"]["Outliers"];
            startFrom?: components["schemas"]["StartFrom"];
            /**
             * Format: double
             * @description The share of images that may be answered wrongly without the warning uncertain: its threshold is chosen for that (conformal risk control), which takes at least 1/maxError - 1 validation examples. Default 0.05. Wherever there are 100 of them, the threshold is at least what 99 of 100 pass.
             */
            maxError?: number;
            earlyStopping?: components["schemas"]["EarlyStopping"];
            preprocessing?: components["schemas"]["RequestedPreprocessing"];
            quantise?: components["schemas"]["Quantise"];
            /** @description So many of the training examples are kept in the version, as pictures and as what the net finds in them, to be shown by explain=nearest: of each class as many as of the others, as far as it has so many. Whoever may ask the version, or read its files, can see them. Without it none are. */
            keepExamples?: number;
            publish?: components["schemas"]["PublishOptions"];
            /**
             * Format: double
             * @description Unusable rows that are passed over: a share below 1, else a number. Default 0.01.
             */
            maxBadRows?: number;
        };
        ChoiceRange: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "choice";
            /** @description Each is as likely as the others. */
            values: unknown[];
        };
        UniformRange: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "uniform";
            /**
             * Format: double
             * @description The smallest value.
             */
            from: number;
            /**
             * Format: double
             * @description The largest value.
             */
            to: number;
        };
        LogUniformRange: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "log-uniform";
            /**
             * Format: double
             * @description The smallest value, above 0. Each factor is as likely as the others.
             */
            from: number;
            /**
             * Format: double
             * @description The largest value.
             */
            to: number;
        };
        IntegerRange: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "integer";
            /**
             * Format: int64
             * @description The smallest value.
             */
            from: number;
            /**
             * Format: int64
             * @description The largest value.
             */
            to: number;
        };
        /** @description Where the values of a hyperparameter lie. */
        SearchRange: components["schemas"]["ChoiceRange"] | components["schemas"]["UniformRange"] | components["schemas"]["LogUniformRange"] | components["schemas"]["IntegerRange"];
        DecidedSearchRequest: {
            method: components["schemas"]["SearchMethod"];
            /**
             * Format: int64
             * @description How many there are. Default 20.
             */
            trials: number;
            objective: components["schemas"]["SearchObjective"];
            /** @description Of successive-halving: one in so many trials goes on, for so many times the epochs. Default 3. */
            reduction: number;
            /**
             * Format: int64
             * @description Of successive-halving: no trial is compared after fewer epochs. Default 1.
             */
            minEpochs: number;
            /** @description Whether the best trial is trained once more as any training is, and becomes a version. Default true; false: the search only tells which one it is. */
            publishWinner: boolean;
            train: components["schemas"]["SearchedTraining"];
            /** @description The hyperparameters that trials differ in, by their names in the request: optimizer.learningRate, batchSize, architecture.layers.1.units. */
            ranges: {
                [key: string]: components["schemas"]["SearchRange"];
            };
            /**
             * Format: double
             * @description How long trials may run, all together; the one at work then is stopped, and the best of the others wins. The training of the winner is not counted.
             */
            maxSeconds?: number;
            /** @description The model that the winner becomes a version of. */
            model: string;
            /**
             * Format: int64
             * @description Of a trial that is trained to its end.
             */
            epochs: number;
        };
        DecidedTrialRequest: {
            /** @description The search that it belongs to. */
            search: string;
            /** Format: int64 */
            trial: number;
            train: components["schemas"]["DecidedTrainRequest"];
        };
        /** @description The request with everything decided: of a training run, of an evaluation, of the import of a dataset, of a look at one, of a batch prediction, of the publication of an uploaded model, of a search, or of one of its trials. */
        DecidedRequest: components["schemas"]["DecidedTrainRequest"] | components["schemas"]["DecidedEvaluateRequest"] | components["schemas"]["DecidedImportRequest"] | components["schemas"]["DecidedLookRequest"] | components["schemas"]["DecidedPredictRequest"] | components["schemas"]["ResolvedPublishRequest"] | components["schemas"]["DecidedSearchRequest"] | components["schemas"]["DecidedTrialRequest"];
        /** @enum {string} */
        JobStage: "reading" | "training" | "evaluating" | "publishing" | "cleaning" | "storing" | "comparing" | "drawing" | "opening" | "predicting" | "examining" | "searching";
        BadRow: {
            /** Format: int64 */
            line: number;
            /**
             * Format: int64
             * @description Of a JSON array, or one of NumPy, its place in it, from 0.
             */
            element?: number;
            /** @description The file it came from. */
            entry?: string;
            reason: string;
        };
        BadRows: {
            /** Format: int64 */
            count: number;
            /** @description The first of them. */
            rows: components["schemas"]["BadRow"][];
        };
        DamagedRow: {
            /** Format: int64 */
            line: number;
            /** Format: int64 */
            element?: number;
            entry?: string;
        };
        /** @description Images of which pixels were lost inside their files; they are kept. */
        DamagedImages: {
            /** Format: int64 */
            count: number;
            /** @description The first of them. */
            rows: components["schemas"]["DamagedRow"][];
        };
        /** @description Files that lay beside the data and were not read. */
        IgnoredFiles: {
            /** Format: int64 */
            count: number;
            /**
             * Format: int64
             * @description Archives in the archive.
             */
            archives: number;
            /** @description The first of them. */
            names: string[];
        };
        ReportedShape: {
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /** Format: int64 */
            channels: number;
        };
        /** @description Examples learnt from, chosen by, and only measured on. */
        DatasetParts: {
            /** Format: int64 */
            training: number;
            /** Format: int64 */
            validation: number;
            /** Format: int64 */
            test: number;
        };
        DatasetReport: {
            examples: number;
            format: components["schemas"]["DatasetFormat"];
            /** Format: int64 */
            rowsRead: number;
            badRows: components["schemas"]["BadRows"];
            damaged?: components["schemas"]["DamagedImages"];
            ignored?: components["schemas"]["IgnoredFiles"];
            classes: string[];
            classCounts: number[];
            /** @description SHA-256 of the examples. */
            digest: string;
            shape: components["schemas"]["ReportedShape"];
            parts: components["schemas"]["DatasetParts"];
            evaluationDigest?: string;
        };
        NetSize: {
            /** Format: int64 */
            parameters: number;
            /** Format: int64 */
            stepsPerEpoch: number;
        };
        Epoch: {
            /** Format: int64 */
            epoch: number;
            /** Format: double */
            loss: number;
            /** Format: double */
            accuracy: number;
            /** Format: double */
            validationLoss?: number;
            /** Format: double */
            validationAccuracy?: number;
            /**
             * Format: double
             * @description Of the last step of the epoch.
             */
            learningRate: number;
            /** Format: double */
            seconds: number;
        };
        Mistake: {
            /** @description What it is. */
            class: string;
            answered: string;
            /** Format: double */
            score: number;
        };
        /** @description Of a training: examples that its net was measured on and answered wrongly, a hundred at most. GET /train/{id}/sheet has their pictures. */
        Mistakes: {
            /**
             * Format: int64
             * @description The side of one picture on the sheet, in pixels.
             */
            cell: number;
            /**
             * Format: int64
             * @description How many stand side by side on it.
             */
            columns: number;
            /** @description In the order of the sheet, those first that were answered most surely. */
            worst: components["schemas"]["Mistake"][];
        };
        PredictionProgress: {
            /**
             * Format: int64
             * @description Predicted or refused, those of before too.
             */
            rows: number;
            /**
             * Format: int64
             * @description Where that is known.
             */
            total?: number;
            /** Format: int64 */
            errors: number;
            /** Format: int64 */
            parts: number;
            /**
             * Format: int64
             * @description Rows that an earlier attempt had done.
             */
            resumed: number;
            /**
             * Format: double
             * @description Of this attempt.
             */
            rowsPerSecond: number;
        };
        SearchTrial: {
            /**
             * Format: int64
             * @description Which values: 1, 2, ...
             */
            trial: number;
            /**
             * Format: int64
             * @description How many it was trained for at most.
             */
            epochs: number;
            /** @description Its values, by the names of the ranges. */
            parameters: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            state: "running" | "succeeded" | "failed" | "cancelled";
            /** @description The job that trains it, with its curves. */
            job?: string;
            /**
             * Format: double
             * @description On the validation examples.
             */
            accuracy?: number;
            /**
             * Format: double
             * @description On the validation examples.
             */
            loss?: number;
            /** Format: double */
            seconds?: number;
            /** @description Why it has no figures. */
            reason?: string;
        };
        /** @description Seconds by stage of the run; each kind of job has its own. */
        JobTimings: {
            /** Format: double */
            read?: number;
            /** Format: double */
            train?: number;
            /** Format: double */
            evaluate?: number;
            /** Format: double */
            publish?: number;
            /** Format: double */
            clean?: number;
            /** Format: double */
            store?: number;
            /** Format: double */
            compare?: number;
            /** Format: double */
            draw?: number;
            /** Format: double */
            predict?: number;
            /** Format: double */
            examine?: number;
            /** Format: double */
            search?: number;
        };
        ReleaseOutcome: {
            decision: components["schemas"]["ReleaseDecision"];
            /** @description In a sentence. */
            reason: string;
            /**
             * Format: int64
             * @description The version that answered for production then.
             */
            present?: number;
        };
        RefusedRow: {
            /**
             * Format: int64
             * @description Row or line, from 1; of images their place in the order.
             */
            line: number;
            /**
             * Format: int64
             * @description Of a JSON array the place in it, from 0.
             */
            element?: number;
            /** @description The file it came from, where there are several. */
            entry?: string;
            reason: string;
        };
        RefusedRows: {
            /** Format: int64 */
            count: number;
            /** @description The first of them. */
            rows: components["schemas"]["RefusedRow"][];
        };
        ExamplePlace: {
            /**
             * Format: int64
             * @description Row or line, from 1; of images their place in the order.
             */
            line: number;
            /**
             * Format: int64
             * @description Of a JSON array the place in it, from 0.
             */
            element?: number;
            /** @description The file it came from, where there are several. */
            entry?: string;
            label: string;
        };
        RepeatedExample: {
            /**
             * Format: int64
             * @description Row or line, from 1; of images their place in the order.
             */
            line: number;
            /**
             * Format: int64
             * @description Of a JSON array the place in it, from 0.
             */
            element?: number;
            /** @description The file it came from, where there are several. */
            entry?: string;
            label: string;
            first: components["schemas"]["ExamplePlace"];
        };
        RepeatedExamples: {
            /** Format: int64 */
            count: number;
            /** @description The first of them, each with the example that has the same pixels. */
            rows: components["schemas"]["RepeatedExample"][];
        };
        DamagedPlace: {
            /**
             * Format: int64
             * @description Row or line, from 1; of images their place in the order.
             */
            line: number;
            /**
             * Format: int64
             * @description Of a JSON array the place in it, from 0.
             */
            element?: number;
            /** @description The file it came from, where there are several. */
            entry?: string;
        };
        /** @description Images of which pixels were lost inside their files; they are kept. */
        DamagedOnImport: {
            /** Format: int64 */
            count: number;
            rows: components["schemas"]["DamagedPlace"][];
        };
        /** @description Files that lay beside the data and were not read. */
        FilesNotRead: {
            /** Format: int64 */
            count: number;
            /** Format: int64 */
            archives: number;
            names: string[];
        };
        CleaningReport: {
            /** Format: int64 */
            rowsRead: number;
            refused: components["schemas"]["RefusedRows"];
            duplicates: components["schemas"]["RepeatedExamples"];
            conflicts: components["schemas"]["RepeatedExamples"];
            /** @description Whether duplicates and conflicts were only counted, and kept. */
            keptDuplicates: boolean;
            damaged?: components["schemas"]["DamagedOnImport"];
            provenance?: components["schemas"]["ProvenanceFigures"];
            ignored?: components["schemas"]["FilesNotRead"];
        };
        ImportedDataset: {
            name: string;
            digest: string;
            /** @description What dataset.uri calls exactly this dataset. */
            uri: string;
            /** @description false: these very examples were stored before. */
            created: boolean;
            examples: number;
            report: components["schemas"]["CleaningReport"];
        };
        LabelColumnFound: string | number;
        FoundLabel: {
            column?: components["schemas"]["LabelColumnFound"];
            /**
             * @description request: named there; name: by its header; contents: by its position and what it holds; assumption: it is asked for.
             * @enum {string}
             */
            by: "request" | "name" | "contents" | "folder" | "format" | "assumption";
        };
        UnderstoodShape: {
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /** Format: int64 */
            channels: number;
        };
        /** @description Of tables and arrays, as found. */
        FoundValues: {
            /** Format: double */
            min: number;
            /** Format: double */
            max: number;
            /**
             * Format: int64
             * @description Different values, at most 256.
             */
            levels: number;
            /** @description What is black, and what is white. */
            range: number[];
            /** @enum {string} */
            rangeBy: "request" | "default" | "assumption";
        };
        /** @description Images as they are in their files. */
        OriginalImages: {
            /** @description 640x480 */
            smallest: string;
            largest: string;
            /** Format: int64 */
            colour: number;
            /** Format: int64 */
            grey: number;
        };
        UnderstoodDataset: {
            label?: components["schemas"]["FoundLabel"];
            shape: components["schemas"]["UnderstoodShape"];
            /** @enum {string} */
            shapeBy: "request" | "default" | "data" | "assumption";
            layout?: components["schemas"]["PixelLayout"];
            values?: components["schemas"]["FoundValues"];
            originals?: components["schemas"]["OriginalImages"];
            /** @description For each channel what black and white become for the model. */
            becomes: number[][];
            preprocessing: components["schemas"]["Preprocessing"];
        };
        DecidingSetting: {
            option: string;
            /** @description For the body of a request. */
            json: string;
            /** @description For glimpse train, dataset import and dataset look. */
            cli: string;
            /** @description What it could be, the likeliest first. */
            values?: unknown[];
        };
        LeftOutKind: {
            reason: string;
            /** Format: int64 */
            count: number;
            /** @description The first. */
            names: string[];
        };
        LookedAtParts: {
            /** Format: int64 */
            training: number;
            /** Format: int64 */
            validation: number;
            /** Format: int64 */
            test: number;
            /** @description Where what is measured on comes from. */
            testFrom: string;
        };
        LookedAtClass: {
            name: string;
            examples: number;
            /** Format: int64 */
            training: number;
            /** Format: int64 */
            validation: number;
            /** Format: int64 */
            test: number;
        };
        /** @enum {string} */
        FindingCode: "place" | "manifest" | "label-column" | "range" | "layout" | "shape" | "classes" | "bad-rows" | "refused" | "held-out" | "decided" | "default-shape" | "stretched-images" | "tiny-images" | "damaged-images" | "merged-labels" | "look-alike-names" | "look-alike-images" | "unmeasured-classes" | "conflicts" | "duplicates" | "shared-between-parts" | "near-duplicates" | "constant-images" | "outliers" | "ignored-files";
        /**
         * @description question: training refuses it until a setting decides; problem: training refuses it; note: training goes on.
         * @enum {string}
         */
        FindingSeverity: "question" | "problem" | "note";
        Finding: {
            code: components["schemas"]["FindingCode"];
            severity: components["schemas"]["FindingSeverity"];
            message: string;
            /** @description The code with which training refuses it. */
            error?: string;
            setting?: components["schemas"]["DecidingSetting"];
            /**
             * Format: int64
             * @description Of how many it is true.
             */
            count?: number;
            /** @description The first of them. */
            examples: string[];
        };
        PredictedInput: {
            uri?: string;
            format: components["schemas"]["DatasetFormat"];
            /** @description Digest of which files it is made of: names, sizes, and times of change or ETags where they are told. */
            listing: string;
            /** @description Of the input digests of the parts, in order. */
            digest: string;
        };
        Predicted: {
            out: string;
            /** @description The name of the manifest in that place. */
            manifest: string;
            model: string;
            /** Format: int64 */
            version: number;
            /** @description sha256: and 64 hexadecimal digits. */
            modelDigest: string;
            /** @description sha256: and 64 hexadecimal digits. */
            preprocessingDigest: string;
            input: components["schemas"]["PredictedInput"];
            format: string;
            /** Format: int64 */
            topK: number;
            /** Format: int64 */
            rows: number;
            /** Format: int64 */
            errors: number;
            /** @description How often each class came first. */
            classes: {
                [key: string]: number;
            };
            /** @description How often each error came. */
            codes: {
                [key: string]: number;
            };
            /** Format: int64 */
            parts: number;
        };
        /** @description The best trial. Its figures are those it was chosen by, and so too good; those of the version were measured on examples that no trial was compared by. */
        SearchWinner: {
            /** Format: int64 */
            trial: number;
            /** @description Its values, by the names of the ranges. */
            parameters: {
                [key: string]: unknown;
            };
            /**
             * Format: double
             * @description On the validation examples.
             */
            accuracy?: number;
            /**
             * Format: double
             * @description On the validation examples.
             */
            loss?: number;
            /** @description The training that published it. */
            job?: string;
            /**
             * Format: int64
             * @description The version it became.
             */
            version?: number;
        };
        JobError: {
            code: string;
            message: string;
            details?: {
                [key: string]: unknown;
            };
        };
        DatasetShape: {
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /** @enum {integer} */
            channels: 1 | 3;
        };
        DatasetHistoryEntry: {
            /** @description SHA-256 over shape, classes, labels and pixels. */
            digest: string;
            /** @description What dataset.uri calls exactly this dataset. */
            uri: string;
            /** @description Whether the name alone means this one. */
            latest: boolean;
            /** @description RFC 3339, UTC. */
            createdAt?: string;
            examples?: number;
            shape?: components["schemas"]["DatasetShape"];
            classes?: string[];
            /** @description Examples of each class, in their order. */
            classCounts?: number[];
            /** @description What it was made from. */
            source?: {
                [key: string]: unknown;
            };
            /** @description Why it cannot be read. */
            problem?: string;
        };
        Disagreement: {
            /** Format: int64 */
            version: number;
            class: string;
        };
        ReviewedPrediction: {
            /** @description To label it with POST /feedback. */
            id: string;
            /** Format: int64 */
            version: number;
            /** @description What was answered. */
            class: string;
            /** Format: double */
            score: number;
            warnings: string[];
            reasons: ("disagreement" | "warned" | "uncertain")[];
            disagreements: components["schemas"]["Disagreement"][];
        };
        LoggedAnswer: {
            /** Format: int64 */
            version: number;
            class?: string;
            /** Format: double */
            score?: number;
        };
        ReplayedAnswer: {
            /** Format: int64 */
            version: number;
            class?: string;
            /** Format: double */
            score?: number;
            /** @description The code that the image is refused with. */
            error?: string;
        };
        ChangedAnswer: {
            /** @description Of the prediction. */
            id: string;
            /** @description SHA-256 of the image. */
            image: string;
            before: components["schemas"]["LoggedAnswer"];
            after: components["schemas"]["ReplayedAnswer"];
        };
        OipConfiguredTensor: {
            name: string;
            data_type: string;
            dims: number[];
        };
        OipDuration: {
            /** Format: int64 */
            count: number;
            /**
             * Format: int64
             * @description Nanoseconds, all together.
             */
            ns: number;
        };
        OipInferenceStatistics: {
            success: components["schemas"]["OipDuration"];
            fail: components["schemas"]["OipDuration"];
            queue: components["schemas"]["OipDuration"];
            compute_input: components["schemas"]["OipDuration"];
            compute_infer: components["schemas"]["OipDuration"];
            compute_output: components["schemas"]["OipDuration"];
            cache_hit: components["schemas"]["OipDuration"];
            cache_miss: components["schemas"]["OipDuration"];
        };
        OipBatchStatistics: {
            /** Format: int64 */
            batch_size: number;
            compute_input: components["schemas"]["OipDuration"];
            compute_infer: components["schemas"]["OipDuration"];
            compute_output: components["schemas"]["OipDuration"];
        };
        OipModelStatistics: {
            name: string;
            version: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            last_inference: number;
            /**
             * Format: int64
             * @description Images.
             */
            inference_count: number;
            /**
             * Format: int64
             * @description Batches.
             */
            execution_count: number;
            inference_stats: components["schemas"]["OipInferenceStatistics"];
            batch_stats: components["schemas"]["OipBatchStatistics"][];
        };
        OipIndexedVersion: {
            name: string;
            version: string;
            state: string;
            reason: string;
        };
        OipRequestParameters: {
            binary_data_output?: boolean;
            /**
             * Format: int64
             * @description Microseconds.
             */
            timeout?: number;
            /**
             * Format: int64
             * @description 2 and more: answered while no other call waits.
             */
            priority?: number;
        };
        OipInput: {
            name: string;
            /** @description The first axis is that of the batch. */
            shape: number[];
            /** @description BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES */
            datatype: string;
            parameters?: {
                [key: string]: unknown;
            };
            /** @description Elements in rows, nested or flat; BYTES are base64. */
            data?: unknown[];
        };
        OipRequestedOutputParameters: {
            /**
             * Format: int64
             * @description So many best classes as texts "value:index:class".
             */
            classification?: number;
            /** @description As bytes behind the JSON. */
            binary_data?: boolean;
        };
        OipRequestedOutput: {
            /** @description That of the model’s output, probabilities, label, or score. */
            name: string;
            parameters?: components["schemas"]["OipRequestedOutputParameters"];
        };
        OipOutput: {
            name: string;
            /** @description The first axis is that of the batch. */
            shape: number[];
            /** @description BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES */
            datatype: string;
            parameters?: {
                [key: string]: unknown;
            };
            /** @description Elements in rows, nested or flat; BYTES are base64. */
            data?: unknown[];
        };
        OipTensorMetadata: {
            name: string;
            /** @description BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES */
            datatype: string;
            /** @description -1: any length. */
            shape: number[];
        };
        EncodedImage: {
            /** @description The bytes of an image file in base64. */
            b64: string;
        };
        /** @description One image: encoded, as a data URL, or as pixels. */
        Instance: components["schemas"]["EncodedImage"] | string | number[] | number[][] | number[][][];
        Instances: {
            instances: components["schemas"]["Instance"][];
        };
        PredictForm: {
            /** @description Image files, under this or any other field name; together they are one batch. */
            image: string[];
        };
        /** @enum {string} */
        Explanation: "input" | "occlusion" | "gradient" | "nearest" | "input,occlusion" | "input,gradient" | "input,nearest" | "occlusion,gradient" | "occlusion,nearest" | "gradient,nearest" | "input,occlusion,gradient" | "input,occlusion,nearest" | "input,gradient,nearest" | "occlusion,gradient,nearest" | "input,occlusion,gradient,nearest" | "true";
        /** @enum {string} */
        Priority: "online" | "bulk";
        /** @enum {string} */
        CardFormat: "markdown" | "html";
        LabelTarget: {
            /**
             * Format: int64
             * @description The version the label shall point at.
             */
            version: number;
            /** @description Why, in words; it is kept in the history of the model. */
            reason?: string;
        };
        ReleasePolicyBody: {
            promote: components["schemas"]["ReleaseRule"];
            load?: components["schemas"]["LoadRule"];
            limits?: components["schemas"]["ModelLimits"];
            /** @description Labels that move only when a second caller, with the scope release, approves it. With production among them the same holds for splits and canaries; rolling back needs nobody else. */
            protected?: string[];
            /** @description Why, in words; it is kept in the history of the model. */
            reason?: string;
        };
        TrafficBody: {
            /** @description Who answers for production, by weight: a version or a label each. An entry that cannot answer just now is passed over for the next one, at last for the version that production names. */
            split?: components["schemas"]["TrafficShare"][];
            shadow?: components["schemas"]["TrafficShadow"];
            canary?: components["schemas"]["CanaryPlan"];
            /** @description The header whose value decides: the same value is answered by the same entry. Without it, and for requests that lack it, the id of the key or token decides; callers without any are drawn anew for each request. */
            stickyHeader?: string;
            /** @description Why, in words; it is kept in the history of the model. */
            reason?: string;
        };
        Decision: {
            decision: components["schemas"]["ApprovalDecision"];
            /** @description Why, in words; it is kept in the history of the model. */
            reason?: string;
        };
        /** @enum {string} */
        ExportFormat: "onnx" | "tfjs" | "keras" | "zip";
        FeedbackBody: {
            /** @description Of a prediction, as evidence=true tells it; the id of a call (glimpse-prediction-id) means its first image. */
            id: string;
            /** @description What the image really is. */
            class: string;
            /** @description Whose prediction it is: needed where this server does not remember it and it is not of the default model. */
            model?: string;
        };
        ReplayBody: {
            /**
             * Format: date-time
             * @description Predictions from then on; left out: of the last day.
             */
            from?: string;
            /**
             * Format: date-time
             * @description Until then; left out: until now.
             */
            to?: string;
            /**
             * @description Images at most; glimpse replay takes as many as there are.
             * @default 100
             */
            limit: number;
        };
        TrainForm: {
            /** @description The request as JSON, as in the other content type. */
            request?: string;
            /**
             * Format: binary
             * @description Files to learn from, under any other field name.
             */
            dataset?: string;
            /**
             * Format: binary
             * @description Files only to measure on.
             */
            evaluation?: string;
        };
        EvaluateForm: {
            /** @description The request as JSON, as in the other content type. */
            request?: string;
            /**
             * Format: binary
             * @description Files to measure on, under any field name but "evaluation".
             */
            dataset?: string;
        };
        PublishForm: {
            request?: components["schemas"]["PublishRequest"];
            /**
             * Format: binary
             * @description A file of ONNX, Keras or TensorFlow; or a ZIP file with it and the files of its weights, with a SavedModel, with the model.json of TensorFlow.js and its shards, or with a version folder and its manifest.
             */
            model: string;
            /**
             * Format: binary
             * @description A file in which the graph keeps weights, once for each.
             */
            data?: string;
            /**
             * Format: binary
             * @description An image whose scores are recorded and checked at every load; as "golden:class" also against its class.
             */
            golden?: string;
            /**
             * Format: binary
             * @description Examples by which the model is put in eight bits, where the request says "quantise": a dataset as for training, or images in one ZIP file.
             */
            calibration?: string;
        };
        PredictJobForm: {
            /** @description The request as JSON, as in the other content type. */
            request?: string;
            /**
             * Format: binary
             * @description Files to predict from, under any field name.
             */
            dataset?: string;
        };
        /** @description The second is for a dry run. */
        ImportOrLookRequest: components["schemas"]["ImportRequest"] | components["schemas"]["LookRequest"];
        ImportForm: {
            /** @description The request as JSON, as in the other content type. */
            request?: string;
            /**
             * Format: binary
             * @description Files of the dataset, under any field name.
             */
            dataset?: string;
        };
        /** @description With "Prefer: wait": the same examples were stored before; of a dry run what was understood of the dataset. Else the job this idempotency key has made before. */
        ImportResult: components["schemas"]["StoredDataset"] | components["schemas"]["DatasetLook"] | components["schemas"]["Job"];
        KServeLive: {
            /** @enum {string} */
            status: "alive";
            docs: string;
        };
        TfServingModels: {
            models: string[];
        };
        TfServingVersionError: {
            error_code: string;
            error_message: string;
        };
        TfServingVersionStatus: {
            version: string;
            /** @description START, LOADING, AVAILABLE, UNLOADING or END. */
            state: string;
            status: components["schemas"]["TfServingVersionError"];
        };
        TfServingStatus: {
            model_version_status: components["schemas"]["TfServingVersionStatus"][];
            name: string;
            /** @description As KServe says it: whether one of them is AVAILABLE. */
            ready: boolean;
        };
        TfServingModelSpec: {
            name: string;
            signature_name: string;
            version: string;
        };
        TfServingMetadata: {
            model_spec: components["schemas"]["TfServingModelSpec"];
            /** @description signature_def: its signatures, as TensorFlow writes a SignatureDefMap. */
            metadata: {
                [key: string]: unknown;
            };
        };
        TfServingPredict: {
            signature_name?: string;
            /** @description Row by row: each is the tensor of one image as the model itself takes it, or {"b64": "..."}, bare or under the name of the input. */
            instances?: unknown[];
            /** @description Instead: the tensor of all images, bare or named. */
            inputs?: unknown;
        };
        /** @description The scores of all classes for each image: predictions of instances, outputs of inputs. */
        TfServingPredictions: {
            predictions?: number[][];
            outputs?: number[][];
        };
        TfServingClassify: {
            signature_name?: string;
            context?: {
                [key: string]: unknown;
            };
            /** @description One feature each: the file of an image as {"b64": "..."}, or the numbers of its tensor. */
            examples: {
                [key: string]: unknown;
            }[];
        };
        /** @description For each example a list of [class, score]. */
        TfServingClassifications: {
            results: unknown[][][];
        };
        /** @description Never: see 400. */
        TfServingRegressions: Record<string, never>;
        DataFrameSplit: {
            columns?: string[];
            data: unknown[][];
        };
        /** @description Exactly one of its fields. */
        ScoringBody: {
            /** @description The tensor of each image as the model itself takes it, or the file of an image in base64, bare, as {"b64": "..."} or as a data URL. */
            instances?: unknown[];
            /** @description The same, bare or under one name. */
            inputs?: unknown;
            dataframe_split?: components["schemas"]["DataFrameSplit"];
            /** @description A row for each image: its numbers, or in one column its file in base64. */
            dataframe_records?: {
                [key: string]: unknown;
            }[];
        };
        ScoringAnswer: {
            predictions: number[][];
        };
        ExecutionParameters: {
            /** Format: int64 */
            MaxConcurrentTransforms: number;
            BatchStrategy: string;
            /** Format: int64 */
            MaxPayloadInMB: number;
        };
        TorchServeForm: {
            data: string[];
        };
        TorchServeBody: {
            /** @description A tensor, or the file of an image in base64. */
            data: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export interface operations {
    predict: {
        parameters: {
            query?: {
                /** @description How many classes to answer per image, best first. */
                topK?: number;
                /** @description Answer the good images even when others of the request are not usable. */
                partial?: boolean;
                /** @description Refuse an image of which pixels were lost inside its file; else its answer has the warning damaged. */
                strict?: boolean;
                /** @description Answer also the set of classes that cannot be excluded; how often the true class is among them says gate.sets.coverage of the version. */
                sets?: boolean;
                /** @description line: every digit of each picture is answered, with its box and score, in reading order; one: one digit. Unless given, as the contract of the version says (read), which is one unless it says all. Lines are for image files and models whose contract finds handwriting; counted as so many images as there are digits, at most GLIMPSE_MAX_DIGITS in one picture. */
                read?: "line" | "one";
                /** @description input: each prediction has saw, the picture that the model was given for it; for image files only. occlusion: each has occlusion, a map of what its score hangs on, for which the model is asked some hundred times more: the request counts as so many images. gradient: each has gradient, a map of the pixels that speak for its class and against it, of versions that were trained here (GLIMPSE_NO_GRADIENT for others); it counts as 72 images. nearest: each has nearest, the training examples that are likest it, of versions that keep some (keepExamples; GLIMPSE_NO_EXAMPLES for others); it counts as one more image. true: all of them, gradient and nearest where there are such. */
                explain?: components["schemas"]["Explanation"];
                /** @description bulk: answered while no other call waits, and refused first; for work that nobody waits for. */
                priority?: components["schemas"]["Priority"];
                /** @description Answer also by what each prediction can be named, traced and checked. */
                evidence?: boolean;
            };
            header?: {
                /** @description Deadline of this call in milliseconds; never more than the server allows. */
                "x-request-timeout-ms"?: number;
                /** @description Comes back in answer and logs. */
                "x-request-id"?: string;
                /** @description W3C Trace Context. */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Instances"];
                "multipart/form-data": components["schemas"]["PredictForm"];
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description One prediction per image, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictAnswer"];
                };
            };
        };
    };
    predictWithModel: {
        parameters: {
            query?: {
                /** @description How many classes to answer per image, best first. */
                topK?: number;
                /** @description Answer the good images even when others of the request are not usable. */
                partial?: boolean;
                /** @description Refuse an image of which pixels were lost inside its file; else its answer has the warning damaged. */
                strict?: boolean;
                /** @description Answer also the set of classes that cannot be excluded; how often the true class is among them says gate.sets.coverage of the version. */
                sets?: boolean;
                /** @description line: every digit of each picture is answered, with its box and score, in reading order; one: one digit. Unless given, as the contract of the version says (read), which is one unless it says all. Lines are for image files and models whose contract finds handwriting; counted as so many images as there are digits, at most GLIMPSE_MAX_DIGITS in one picture. */
                read?: "line" | "one";
                /** @description input: each prediction has saw, the picture that the model was given for it; for image files only. occlusion: each has occlusion, a map of what its score hangs on, for which the model is asked some hundred times more: the request counts as so many images. gradient: each has gradient, a map of the pixels that speak for its class and against it, of versions that were trained here (GLIMPSE_NO_GRADIENT for others); it counts as 72 images. nearest: each has nearest, the training examples that are likest it, of versions that keep some (keepExamples; GLIMPSE_NO_EXAMPLES for others); it counts as one more image. true: all of them, gradient and nearest where there are such. */
                explain?: components["schemas"]["Explanation"];
                /** @description bulk: answered while no other call waits, and refused first; for work that nobody waits for. */
                priority?: components["schemas"]["Priority"];
                /** @description Answer also by what each prediction can be named, traced and checked. */
                evidence?: boolean;
            };
            header?: {
                /** @description Deadline of this call in milliseconds; never more than the server allows. */
                "x-request-timeout-ms"?: number;
                /** @description Comes back in answer and logs. */
                "x-request-id"?: string;
                /** @description W3C Trace Context. */
                traceparent?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Instances"];
                "multipart/form-data": components["schemas"]["PredictForm"];
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description One prediction per image, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictAnswer"];
                };
            };
        };
    };
    predictWithVersion: {
        parameters: {
            query?: {
                /** @description How many classes to answer per image, best first. */
                topK?: number;
                /** @description Answer the good images even when others of the request are not usable. */
                partial?: boolean;
                /** @description Refuse an image of which pixels were lost inside its file; else its answer has the warning damaged. */
                strict?: boolean;
                /** @description Answer also the set of classes that cannot be excluded; how often the true class is among them says gate.sets.coverage of the version. */
                sets?: boolean;
                /** @description line: every digit of each picture is answered, with its box and score, in reading order; one: one digit. Unless given, as the contract of the version says (read), which is one unless it says all. Lines are for image files and models whose contract finds handwriting; counted as so many images as there are digits, at most GLIMPSE_MAX_DIGITS in one picture. */
                read?: "line" | "one";
                /** @description input: each prediction has saw, the picture that the model was given for it; for image files only. occlusion: each has occlusion, a map of what its score hangs on, for which the model is asked some hundred times more: the request counts as so many images. gradient: each has gradient, a map of the pixels that speak for its class and against it, of versions that were trained here (GLIMPSE_NO_GRADIENT for others); it counts as 72 images. nearest: each has nearest, the training examples that are likest it, of versions that keep some (keepExamples; GLIMPSE_NO_EXAMPLES for others); it counts as one more image. true: all of them, gradient and nearest where there are such. */
                explain?: components["schemas"]["Explanation"];
                /** @description bulk: answered while no other call waits, and refused first; for work that nobody waits for. */
                priority?: components["schemas"]["Priority"];
                /** @description Answer also by what each prediction can be named, traced and checked. */
                evidence?: boolean;
            };
            header?: {
                /** @description Deadline of this call in milliseconds; never more than the server allows. */
                "x-request-timeout-ms"?: number;
                /** @description Comes back in answer and logs. */
                "x-request-id"?: string;
                /** @description W3C Trace Context. */
                traceparent?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Instances"];
                "multipart/form-data": components["schemas"]["PredictForm"];
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description One prediction per image, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictAnswer"];
                };
            };
        };
    };
    predictWithLabel: {
        parameters: {
            query?: {
                /** @description How many classes to answer per image, best first. */
                topK?: number;
                /** @description Answer the good images even when others of the request are not usable. */
                partial?: boolean;
                /** @description Refuse an image of which pixels were lost inside its file; else its answer has the warning damaged. */
                strict?: boolean;
                /** @description Answer also the set of classes that cannot be excluded; how often the true class is among them says gate.sets.coverage of the version. */
                sets?: boolean;
                /** @description line: every digit of each picture is answered, with its box and score, in reading order; one: one digit. Unless given, as the contract of the version says (read), which is one unless it says all. Lines are for image files and models whose contract finds handwriting; counted as so many images as there are digits, at most GLIMPSE_MAX_DIGITS in one picture. */
                read?: "line" | "one";
                /** @description input: each prediction has saw, the picture that the model was given for it; for image files only. occlusion: each has occlusion, a map of what its score hangs on, for which the model is asked some hundred times more: the request counts as so many images. gradient: each has gradient, a map of the pixels that speak for its class and against it, of versions that were trained here (GLIMPSE_NO_GRADIENT for others); it counts as 72 images. nearest: each has nearest, the training examples that are likest it, of versions that keep some (keepExamples; GLIMPSE_NO_EXAMPLES for others); it counts as one more image. true: all of them, gradient and nearest where there are such. */
                explain?: components["schemas"]["Explanation"];
                /** @description bulk: answered while no other call waits, and refused first; for work that nobody waits for. */
                priority?: components["schemas"]["Priority"];
                /** @description Answer also by what each prediction can be named, traced and checked. */
                evidence?: boolean;
            };
            header?: {
                /** @description Deadline of this call in milliseconds; never more than the server allows. */
                "x-request-timeout-ms"?: number;
                /** @description Comes back in answer and logs. */
                "x-request-id"?: string;
                /** @description W3C Trace Context. */
                traceparent?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Instances"];
                "multipart/form-data": components["schemas"]["PredictForm"];
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description One prediction per image, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictAnswer"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    deleteModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    deleteVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    getModelCard: {
        parameters: {
            query?: {
                /** @description Without it html for whoever accepts text/html, and markdown for all others. */
                format?: components["schemas"]["CardFormat"];
            };
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The card. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/markdown": string;
                    "text/html": string;
                };
            };
        };
    };
    refreshModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    setLabel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The etag of the labels as they were read; 409 when somebody else was faster. Without it the change is made in any case. */
                "if-match"?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabelTarget"];
            };
        };
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Labels"];
                };
            };
        };
    };
    removeLabel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The etag of the labels as they were read; 409 when somebody else was faster. Without it the change is made in any case. */
                "if-match"?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Labels"];
                };
            };
        };
    };
    getPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleasePolicy"];
                };
            };
        };
    };
    setPolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The etag of the labels as they were read; 409 when somebody else was faster. Without it the change is made in any case. */
                "if-match"?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleasePolicyBody"];
            };
        };
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleasePolicy"];
                };
            };
        };
    };
    getModelHistory: {
        parameters: {
            query?: {
                /** @description Only entries with smaller numbers. */
                before?: number;
                /** @description How many at most; default 20. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelHistory"];
                };
            };
        };
    };
    getTraffic: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Traffic"];
                };
            };
        };
    };
    setTraffic: {
        parameters: {
            query?: never;
            header?: {
                /** @description The etag of the labels as they were read; 409 when somebody else was faster. Without it the change is made in any case. */
                "if-match"?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrafficBody"];
            };
        };
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Traffic"];
                };
            };
        };
    };
    listApprovals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approvals"];
                };
            };
        };
    };
    decideApproval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A change that waits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecidedApproval"];
                };
            };
        };
    };
    rollBack: {
        parameters: {
            query?: {
                /** @description The label to be moved back; default production. */
                label?: string;
                /** @description Why, in words; it is kept in the history of the model. */
                reason?: string;
            };
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollback"];
                };
            };
        };
    };
    loadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    loadVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    unloadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    unloadVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    restoreVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    restoreModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
        };
    };
    exportVersion: {
        parameters: {
            query: {
                /** @description onnx: the graph with what a server does around it, uint8 pixels [N, height, width, channels] in, probabilities out. tfjs (a zip) and keras: the same as a layers model, of what was trained here. zip: every file of the version. */
                format: components["schemas"]["ExportFormat"];
            };
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                    "application/zip": string;
                };
            };
        };
    };
    giveFeedback: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedbackBody"];
            };
        };
        responses: {
            /** @description It counts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feedback"];
                };
            };
        };
    };
    reviewPredictions: {
        parameters: {
            query?: {
                /** @description How many are listed. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description None where nothing is remembered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
        };
    };
    getPredictionImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model. */
                model: string;
                /** @description Of a prediction, as evidence=true tells it; the id of a call (glimpse-prediction-id) means its first image. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": string;
                };
            };
        };
    };
    replayPredictions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayBody"];
            };
        };
        responses: {
            /** @description What changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Jobs, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
        };
    };
    startTraining: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request sent twice with the same key makes one job. */
                "idempotency-key"?: string;
                /** @description wait=N (RFC 7240): hold the response for up to N seconds, at most 60, until the job has ended. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrainRequest"];
                "multipart/form-data": components["schemas"]["TrainForm"];
            };
        };
        responses: {
            /** @description With "Prefer: wait": the job, done. Else the job this idempotency key has made before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Accepted, and not done yet; location names the job. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    evaluateVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request sent twice with the same key makes one job. */
                "idempotency-key"?: string;
                /** @description wait=N (RFC 7240): hold the response for up to N seconds, at most 60, until the job has ended. */
                prefer?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvaluateRequest"];
                "multipart/form-data": components["schemas"]["EvaluateForm"];
            };
        };
        responses: {
            /** @description With "Prefer: wait": the job, done. Else the job this idempotency key has made before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Accepted, and not done yet; location names the job. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    uploadVersion: {
        parameters: {
            query?: {
                /** @description Names with commas between them. */
                classes?: string;
                /** @description The preprocessing by the name of a preset. */
                preset?: "plain" | "mnist" | "handwriting" | "imagenet-torchvision" | "imagenet-keras-caffe" | "imagenet-keras-tf" | "imagenet-keras-torch";
                /** @description Of the input, where the graph leaves axes open: 3,224,224 or N,224,224,3. */
                shape?: string;
                /** @description Whether the channels come first or last, where the graph does not tell. */
                layout?: "NCHW" | "NHWC";
                /** @description Which output holds the scores, when the graph has several that could. */
                output?: string;
                /** @description What the output gives. By default found out from the graph and by trying. */
                outputKind?: "logits" | "probabilities" | "sigmoid";
                /** @description Also point this label at the new version. Needs the scope "release". */
                label?: string;
                /** @description Where it comes from, for its lineage. By default the name of the file. */
                source?: string;
            };
            header?: {
                /** @description The same request sent twice with the same key makes one job. */
                "idempotency-key"?: string;
                /** @description wait=N (RFC 7240): hold the response for up to N seconds, at most 60, until the job has ended. */
                prefer?: string;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["PublishForm"];
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description With "Prefer: wait": the job, done. Else the job this idempotency key has made before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description With "Prefer: wait": published; location names it. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Accepted, and not done yet; location names the job. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    startPrediction: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request sent twice with the same key makes one job. */
                "idempotency-key"?: string;
                /** @description wait=N (RFC 7240): hold the response for up to N seconds, at most 60, until the job has ended. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictJobRequest"];
                "multipart/form-data": components["schemas"]["PredictJobForm"];
            };
        };
        responses: {
            /** @description With "Prefer: wait": the job, done. Else the job this idempotency key has made before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Accepted, and not done yet; location names the job. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    listSearches: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Searches, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchList"];
                };
            };
        };
    };
    startSearch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request sent twice with the same key makes one job. */
                "idempotency-key"?: string;
                /** @description wait=N (RFC 7240): hold the response for up to N seconds, at most 60, until the job has ended. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SearchRequest"];
            };
        };
        responses: {
            /** @description With "Prefer: wait": the job, done. Else the job this idempotency key has made before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Accepted, and not done yet; location names the job. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    getSearch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The search. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    cancelSearch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The search. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    getJobLogs: {
        parameters: {
            query?: {
                /** @description Only so many lines, the newest. */
                tail?: number;
            };
            header?: never;
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lines, oldest first; very long logs lack their middle. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    getContactSheet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most 742 pixels wide and 1410 high. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
        };
    };
    followJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The last epoch received before. */
                "last-event-id"?: number;
            };
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events: stage, dataset, net, epoch, finished, note, state; of a search trial. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    publishJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description wait=N (RFC 7240): hold the response for up to N seconds, at most 60, until the job has ended. */
                prefer?: string;
            };
            path: {
                /** @description A job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Published: before, or, with "Prefer: wait", now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description It waits for its turn, or is at work. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    listDatasets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetList"];
                };
            };
        };
    };
    importDataset: {
        parameters: {
            query?: {
                /** @description Store nothing, and tell what was understood of the dataset. The name may be left out then, and validationSplit, testSplit and seed are taken as in training. */
                dryRun?: boolean;
            };
            header?: {
                /** @description The same request sent twice with the same key makes one job. */
                "idempotency-key"?: string;
                /** @description wait=N (RFC 7240): hold the response for up to N seconds, at most 60, until the job has ended. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportOrLookRequest"];
                "multipart/form-data": components["schemas"]["ImportForm"];
            };
        };
        responses: {
            /** @description With "Prefer: wait": the same examples were stored before; of a dry run what was understood of the dataset. Else the job this idempotency key has made before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportResult"];
                };
            };
            /** @description With "Prefer: wait": stored; location names it. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredDataset"];
                };
            };
            /** @description Accepted, and not done yet; location names the job. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    getDatasetHistory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A stored dataset. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetHistory"];
                };
            };
        };
    };
    getDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A stored dataset. */
                name: string;
                /** @description Its digest, or the first eight digits of it and more. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredDataset"];
                };
            };
        };
    };
    deleteDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A stored dataset. */
                name: string;
                /** @description Its digest, or the first eight digits of it and more. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    restoreDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A stored dataset. */
                name: string;
                /** @description Its digest, or the first eight digits of it and more. */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredDataset"];
                };
            };
        };
    };
    oipGetServer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipServerMetadata"];
                };
            };
        };
    };
    oipLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipLive"];
                };
            };
        };
    };
    oipReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipServerReady"];
                };
            };
        };
    };
    oipGetModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipModelMetadata"];
                };
            };
        };
    };
    oipGetModelConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipModelConfiguration"];
                };
            };
        };
    };
    oipModelReady: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipModelReady"];
                };
            };
        };
    };
    oipGetModelStatistics: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipStatistics"];
                };
            };
        };
    };
    oipGetModelVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model by its number, or a label that points at one. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipModelMetadata"];
                };
            };
        };
    };
    oipGetModelVersionConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model by its number, or a label that points at one. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipModelConfiguration"];
                };
            };
        };
    };
    oipModelVersionReady: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model by its number, or a label that points at one. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipModelReady"];
                };
            };
        };
    };
    oipGetModelVersionStatistics: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model by its number, or a label that points at one. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipStatistics"];
                };
            };
        };
    };
    oipGetStatistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipStatistics"];
                };
            };
        };
    };
    oipRepositoryIndex: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OipRepositoryIndexBody"];
            };
        };
        responses: {
            /** @description One for each version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipRepositoryIndex"];
                };
            };
        };
    };
    oipLoadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OipLoadRequest"];
            };
        };
        responses: {
            /** @description It answers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    oipUnloadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OipUnloadRequest"];
            };
        };
        responses: {
            /** @description It has left the memory. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    oipInfer: {
        parameters: {
            query?: never;
            header?: {
                /** @description How many bytes of the body are JSON. */
                "inference-header-content-length"?: number;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OipInferBody"];
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description One row for each example. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipInferResponse"];
                    "application/octet-stream": string;
                };
            };
        };
    };
    oipInferVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description How many bytes of the body are JSON. */
                "inference-header-content-length"?: number;
            };
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model by its number, or a label that points at one. */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OipInferBody"];
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description One row for each example. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OipInferResponse"];
                    "application/octet-stream": string;
                };
            };
        };
    };
    kserveLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KServeLive"];
                };
            };
        };
    };
    tfservingListModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingModels"];
                };
            };
        };
    };
    tfservingModelStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingStatus"];
                };
            };
        };
    };
    tfservingVersionStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingStatus"];
                };
            };
        };
    };
    tfservingLabelStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingStatus"];
                };
            };
        };
    };
    tfservingMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingMetadata"];
                };
            };
        };
    };
    tfservingVersionMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingMetadata"];
                };
            };
        };
    };
    tfservingLabelMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingMetadata"];
                };
            };
        };
    };
    tfservingPredict: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TfServingPredict"];
            };
        };
        responses: {
            /** @description The scores of all classes for each image: predictions of instances, outputs of inputs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingPredictions"];
                };
            };
        };
    };
    tfservingPredictWithVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TfServingPredict"];
            };
        };
        responses: {
            /** @description The scores of all classes for each image: predictions of instances, outputs of inputs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingPredictions"];
                };
            };
        };
    };
    tfservingPredictWithLabel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TfServingPredict"];
            };
        };
        responses: {
            /** @description The scores of all classes for each image: predictions of instances, outputs of inputs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingPredictions"];
                };
            };
        };
    };
    tfservingClassify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TfServingClassify"];
            };
        };
        responses: {
            /** @description For each example a list of [class, score]. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingClassifications"];
                };
            };
        };
    };
    tfservingClassifyWithVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TfServingClassify"];
            };
        };
        responses: {
            /** @description For each example a list of [class, score]. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingClassifications"];
                };
            };
        };
    };
    tfservingClassifyWithLabel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TfServingClassify"];
            };
        };
        responses: {
            /** @description For each example a list of [class, score]. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingClassifications"];
                };
            };
        };
    };
    tfservingRegress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Never: see 400. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingRegressions"];
                };
            };
        };
    };
    tfservingRegressWithVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Never: see 400. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingRegressions"];
                };
            };
        };
    };
    tfservingRegressWithLabel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A label of the model. */
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Never: see 400. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TfServingRegressions"];
                };
            };
        };
    };
    invoke: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScoringBody"];
                "application/jsonlines": string;
                "text/csv": string;
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description The scores of all classes for each image. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScoringAnswer"];
                    "application/jsonlines": string;
                    "text/csv": string;
                };
            };
        };
    };
    invokeEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScoringBody"];
                "application/jsonlines": string;
                "text/csv": string;
                "application/octet-stream": string;
                "image/*": string;
            };
        };
        responses: {
            /** @description The scores of all classes for each image. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScoringAnswer"];
                    "application/jsonlines": string;
                    "text/csv": string;
                };
            };
        };
    };
    sagemakerExecutionParameters: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionParameters"];
                };
            };
        };
    };
    scoringVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The release of Glimpse. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    torchservePutPredict: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
                "multipart/form-data": components["schemas"]["TorchServeForm"];
                "application/json": components["schemas"]["TorchServeBody"];
            };
        };
        responses: {
            /** @description Classes and their scores. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: number;
                    };
                };
            };
        };
    };
    torchservePredict: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
                "multipart/form-data": components["schemas"]["TorchServeForm"];
                "application/json": components["schemas"]["TorchServeBody"];
            };
        };
        responses: {
            /** @description Classes and their scores. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: number;
                    };
                };
            };
        };
    };
    torchservePutPredictWithVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
                "multipart/form-data": components["schemas"]["TorchServeForm"];
                "application/json": components["schemas"]["TorchServeBody"];
            };
        };
        responses: {
            /** @description Classes and their scores. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: number;
                    };
                };
            };
        };
    };
    torchservePredictWithVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A model of the repository. */
                model: string;
                /** @description A version of the model. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
                "multipart/form-data": components["schemas"]["TorchServeForm"];
                "application/json": components["schemas"]["TorchServeBody"];
            };
        };
        responses: {
            /** @description Classes and their scores. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: number;
                    };
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    ping: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One line per series; OpenMetrics when the accept header prefers it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                    "application/openmetrics-text": string;
                };
            };
        };
    };
}
